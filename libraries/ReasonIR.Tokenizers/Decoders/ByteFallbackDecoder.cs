using System.Globalization;
using System.Text.Unicode;

namespace ReasonIR.Tokenizers.Decoders;

/// <summary>Tokens of one byte (<c>&lt;0xE4&gt;</c>) to characters: a run of them that is UTF-8 becomes its text, any other run one U+FFFD a byte.</summary>
public sealed class ByteFallbackDecoder : IDecoder
{
    public IEnumerable<string> Decode(IReadOnlyList<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (var token in tokens)
        {
            if (ByteOf(token) is { } value)
            {
                bytes.Add(value);
                continue;
            }
            foreach (var piece in Text(bytes))
                yield return piece;
            bytes.Clear();
            yield return token;
        }
        foreach (var piece in Text(bytes))
            yield return piece;
    }

    static IEnumerable<string> Text(List<byte> run)
    {
        byte[] bytes = [.. run];
        return bytes.Length == 0 ? [] : Utf8.IsValid(bytes) ? [System.Text.Encoding.UTF8.GetString(bytes)] : Enumerable.Repeat("\uFFFD", bytes.Length);
    }

    static byte? ByteOf(string token) =>
        token is ['<', '0', 'x', _, _, '>'] && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;
}
