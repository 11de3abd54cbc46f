using System.Text.RegularExpressions;

namespace ReasonIR.Retrieval.Pairs;

/// <summary>A heading and the text below it.</summary>
/// <param name="Query">The heading; after the document's title where it is too short to say what it is about ("Methods").</param>
/// <param name="Sentences">What stands between it and the next one.</param>
sealed partial record Section(IReadOnlyList<string> Query, IReadOnlyList<string> Sentences)
{
    const int FewestWords = 8, MostHeadingWords = 12, FewestTellingWords = 3;

    /// <summary>Headings are Markdown's (<c>## Methods</c>), and short lines between empty ones that end without a mark.</summary>
    public static IReadOnlyList<Section> Read(string text, string? title)
    {
        if (!text.Contains('\n'))
            return [];
        var sections = new List<Section>();
        var headings = Heading().Matches(text).Where(IsHeading).ToArray();
        foreach (var (number, heading) in headings.Index())
        {
            var start = heading.Index + heading.Length;
            var body = text[start..(number + 1 < headings.Length ? headings[number + 1].Index : text.Length)].Trim();
            if (SentenceSplitter.SplitWords(body).Length < FewestWords)
                continue;
            var name = heading.Groups["name"].Value.Trim();
            var telling = SentenceSplitter.SplitWords(name).Length >= FewestTellingWords || title is null;
            sections.Add(new(telling ? [name] : [title!, name], [.. SentenceSplitter.Split(body)]));
        }
        return sections;
    }

    static bool IsHeading(Match match)
    {
        var name = match.Groups["name"].Value.TrimEnd();
        return SentenceSplitter.SplitWords(name).Length is >= 1 and <= MostHeadingWords && (match.Groups["mark"].Success || char.IsUpper(name[0]) && char.IsLetterOrDigit(name[^1]));
    }

    [GeneratedRegex("""^[ ]{0,3}(?<mark>\#{1,6})[ \t]+(?<name>[^\r\n]+?)[ \t\#]*\r?$|(?<=\A|\n[ \t]*\r?\n)(?<name>[^\s\r\n][^\r\n]{0,120})(?=\r?\n[ \t]*\r?\n)""", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Heading();
}
