using ReasonIR.Tokenizers.ByteLevel;

namespace ReasonIR.Tokenizers.Decoders;

/// <summary>
/// Byte-level tokens to text: the bytes of all tokens are put together before they are read as UTF-8, since a character's bytes may stand in
/// several tokens; what is no UTF-8 becomes U+FFFD. A token with a character outside the byte alphabet (an added token) stands for itself.
/// </summary>
public sealed class ByteLevelDecoder : IDecoder
{
    public IEnumerable<string> Decode(IReadOnlyList<string> tokens)
    {
        var bytes = new MemoryStream();
        foreach (var token in tokens)
            if (token.All(character => ByteAlphabet.ByteOf(character) >= 0))
                foreach (var character in token)
                    bytes.WriteByte((byte)ByteAlphabet.ByteOf(character));
            else
                bytes.Write(System.Text.Encoding.UTF8.GetBytes(token));
        return [System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length)];
    }
}
