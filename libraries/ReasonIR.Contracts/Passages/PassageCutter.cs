namespace ReasonIR.Contracts.Passages;

/// <summary>A passage of a text, in UTF-16 units.</summary>
public readonly record struct Passage(int Start, int Length);

/// <summary>Cuts texts into passages by a rule. The same text and rule give the same passages always, in every version: indexes know passages by their numbers. Thread-safe.</summary>
public static class PassageCutter
{
    /// <summary>The passages in order, one at least; together they hold every token of the text.</summary>
    /// <exception cref="ArgumentException">More than <see cref="PassageRule.MostPassages"/>.</exception>
    public static IReadOnlyList<Passage> Cut(this PassageRule rule, string text)
    {
        var starts = PassageTokens.Starts(text);
        var passages = new List<Passage>();
        if (rule.By == "headings")
        {
            var from = 0;
            foreach (var heading in MarkdownSections.Starts(text))
            {
                Section(from, heading);
                from = heading;
            }
            Section(from, text.Length);
        }
        else
            Section(0, text.Length);
        return passages.Count > 0 ? passages : [new(0, text.Length)];

        void Section(int from, int end)
        {
            var (first, last) = (First(from), First(end));
            for (var (token, next) = (first, first); next < last; token = next - rule.Overlap)
            {
                next = Math.Min(token + rule.Tokens, last);
                var start = token == first ? from : starts[token];
                var stop = next < last ? starts[next] : end;
                var piece = text.AsSpan(start, stop - start);
                start += piece.Length - piece.TrimStart().Length;
                if (passages.Count == PassageRule.MostPassages)
                    throw new ArgumentException($"more than {PassageRule.MostPassages:N0} passages by {rule}; expected a rule of longer ones");
                passages.Add(new(start, piece.Trim().Length));
            }
        }

        int First(int position) => starts.BinarySearch(position) is var place && place < 0 ? ~place : place;
    }

    /// <summary>What is indexed of a passage: the document's title, a blank, the passage; where there is no title the passage alone.</summary>
    public static string Text(this Passage passage, string title, string text)
    {
        var part = text.AsSpan(passage.Start, passage.Length);
        return title.Length == 0 ? part.ToString() : $"{title} {part}";
    }
}
