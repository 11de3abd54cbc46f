using ReasonIR.Tokenizers.Splitting;
using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.Normalizers;

/// <summary>Another text in the place of each match; it comes from where the last character of the match comes from.</summary>
public sealed class ReplaceNormalizer : INormalizer
{
    readonly IMatcher matcher;
    readonly string content;

    internal ReplaceNormalizer(IMatcher matcher, string content) => (this.matcher, this.content) = (matcher, content);

    internal IMatcher Matcher => matcher;

    internal string Content => content;

    public NormalizedText Normalize(NormalizedText text)
    {
        var characters = text.Characters;
        TextRewriter? result = null;
        var kept = 0;
        foreach (var (start, end) in matcher.Matches(characters))
        {
            result ??= new(text, characters.Length + 8);
            result.Keep(kept, start - kept);
            result.Append(content, end - 1);
            kept = end;
        }
        if (result is null)
            return text;
        result.Keep(kept, characters.Length - kept);
        return result.Build();
    }
}
