using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.Normalizers;

/// <summary>Drops the white space at the ends of the text.</summary>
public sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    public NormalizedText Normalize(NormalizedText text)
    {
        // All white space lies in the basic plane, and .NET's is Unicode's.
        var characters = text.Characters;
        var start = left ? characters.Length - characters.TrimStart().Length : 0;
        var end = right ? start + characters[start..].TrimEnd().Length : characters.Length;
        if (end - start == characters.Length)
            return text;
        var result = new TextRewriter(text, end - start);
        result.Keep(start, end - start);
        return result.Build();
    }
}
