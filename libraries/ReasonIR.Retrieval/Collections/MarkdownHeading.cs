namespace ReasonIR.Retrieval.Collections;

/// <summary>Finds the first ATX heading (# to ######) outside of fenced code. Linear in the text.</summary>
static class MarkdownHeading
{
    /// <summary>The heading's text without its marks, and the line it takes; false where there is none.</summary>
    public static bool TryFind(ReadOnlySpan<char> text, out string title, out Range line)
    {
        var inCode = false;
        foreach (var range in text.Split('\n'))
        {
            var content = text[range].TrimEnd();
            var indented = content.Length - content.TrimStart(' ').Length;
            content = content[indented..];
            if (indented > 3)
                continue;
            if (content.StartsWith("```") || content.StartsWith("~~~"))
                inCode = !inCode;
            if (inCode || !content.StartsWith('#'))
                continue;
            var marks = content.Length - content.TrimStart('#').Length;
            if (marks > 6 || marks == content.Length || content[marks] is not (' ' or '\t'))
                continue;
            var found = content[marks..].Trim();
            // Closing marks count only behind a blank: "# C#" is about C#.
            var open = found.TrimEnd('#');
            if (open.IsEmpty || open[^1] is ' ' or '\t')
                found = open.TrimEnd();
            if (found.IsEmpty)
                continue;
            (title, line) = (found.ToString(), range);
            return true;
        }
        (title, line) = ("", default);
        return false;
    }
}
