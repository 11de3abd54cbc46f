namespace ReasonIR.Contracts.Passages;

/// <summary>Finds where a Markdown text's sections begin: ATX headings (# to ######) outside of fenced code. A heading right behind another one begins none. Linear in the text.</summary>
static class MarkdownSections
{
    public static List<int> Starts(string text)
    {
        var starts = new List<int>();
        var (inCode, onlyHeadings) = (false, false);
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at) is >= 0 and var found ? found + 1 : text.Length;
            var line = text.AsSpan(at, end - at).TrimEnd();
            var indented = line.Length - line.TrimStart(' ').Length;
            line = line[indented..];
            if (indented <= 3 && (line.StartsWith("```") || line.StartsWith("~~~")))
                inCode = !inCode;
            var isHeading = !inCode && indented <= 3 && IsHeading(line);
            if (isHeading && !onlyHeadings)
                starts.Add(at);
            if (isHeading || !line.IsEmpty)
                onlyHeadings = isHeading;
            at = end;
        }
        return starts;
    }

    static bool IsHeading(ReadOnlySpan<char> line)
    {
        var marks = line.Length - line.TrimStart('#').Length;
        return marks is >= 1 and <= 6 && marks < line.Length && line[marks] is ' ' or '\t';
    }
}
