using System.Text;
using ReasonIR.Tokenizers.Splitting;

namespace ReasonIR.Tokenizers.Decoders;

/// <summary>Another text in the place of each match, piece by piece.</summary>
public sealed class ReplaceDecoder : IDecoder
{
    readonly IMatcher matcher;
    readonly string content;

    internal ReplaceDecoder(IMatcher matcher, string content) => (this.matcher, this.content) = (matcher, content);

    public IEnumerable<string> Decode(IReadOnlyList<string> tokens) => tokens.Select(Replace);

    string Replace(string token)
    {
        var result = new StringBuilder(token.Length);
        var kept = 0;
        foreach (var (start, end) in matcher.Matches(token))
        {
            result.Append(token, kept, start - kept).Append(content);
            kept = end;
        }
        return result.Append(token, kept, token.Length - kept).ToString();
    }
}
