namespace ReasonIR.Synthesis.Seeds;

/// <summary>Words as the filters and checks count them: runs of letters and digits.</summary>
public static class Words
{
    public static int Count(ReadOnlySpan<char> text)
    {
        var count = 0;
        var inside = false;
        foreach (var character in text)
        {
            var letter = char.IsLetterOrDigit(character);
            if (letter && !inside)
                count++;
            inside = letter;
        }
        return count;
    }

    /// <summary>The words in lower case.</summary>
    public static IReadOnlyList<string> Of(string text)
    {
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsLetterOrDigit(text[i]))
            {
                start = start < 0 ? i : start;
                continue;
            }
            if (start >= 0)
                words.Add(text[start..i].ToLowerInvariant());
            start = -1;
        }
        return words;
    }

    /// <summary>The first run of <paramref name="length"/> words that both texts hold, or null.</summary>
    public static string? SharedRun(string text, string other, int length)
    {
        var known = Runs(Of(other), length).ToHashSet();
        return Runs(Of(text), length).FirstOrDefault(known.Contains);
    }

    static IEnumerable<string> Runs(IReadOnlyList<string> words, int length)
    {
        for (var i = 0; i + length <= words.Count; i++)
            yield return string.Join(' ', words.Skip(i).Take(length));
    }
}
