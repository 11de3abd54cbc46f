using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.Normalizers;

/// <summary>Sets a text before a text that is not empty; it comes from where the first character comes from.</summary>
public sealed class PrependNormalizer(string prefix) : INormalizer
{
    public string Prefix => prefix;

    public NormalizedText Normalize(NormalizedText text)
    {
        if (text.Length == 0)
            return text;
        var result = new TextRewriter(text, text.Length + prefix.Length);
        result.Append(prefix, 0);
        result.Keep(0, text.Length);
        return result.Build();
    }
}
