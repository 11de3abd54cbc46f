using System.Text.RegularExpressions;

namespace ReasonIR.Search.Pipelines;

/// <summary>
/// The length of rewrites whoever wrote them: runs of letters, digits and underscores, and every other character that is no white space. No
/// model's tokens, so that rewrites of several models stand on one axis.
/// </summary>
public static partial class RewriteTokens
{
    /// <summary>Tokens of a text.</summary>
    public static int Count(string text) => Token().Count(text);

    /// <summary>The text up to the end of its last token that counts.</summary>
    public static string Cut(string text, int tokens)
    {
        var end = 0;
        foreach (var token in Token().EnumerateMatches(text))
        {
            if (tokens-- == 0)
                return text[..end];
            end = token.Index + token.Length;
        }
        return text;
    }

    [GeneratedRegex(@"\w+|[^\w\s]", RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
