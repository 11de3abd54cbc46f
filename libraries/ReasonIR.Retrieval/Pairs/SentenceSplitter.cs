using System.Text.RegularExpressions;

namespace ReasonIR.Retrieval.Pairs;

/// <summary>
/// Cuts text into sentences by rule: after <c>. ! ?</c> (and their CJK forms) where white space and something that can begin a sentence
/// follow, and at empty lines. A piece of fewer than eight words (a heading, a formula, "See Fig. 2.") joins the next: it says too little to find
/// anything by. No model, no list of abbreviations: good enough to make training pairs, not to parse.
/// </summary>
public static partial class SentenceSplitter
{
    const int FewestWords = 8;

    /// <summary>The sentences, trimmed, in order; together they hold every word of the text.</summary>
    public static List<string> Split(string text)
    {
        var sentences = new List<string>();
        var start = 0;
        foreach (var boundary in Boundary().EnumerateMatches(text))
        {
            // The lookbehind keeps the mark with its sentence.
            if (Words(text.AsSpan(start, boundary.Index - start)) < FewestWords)
                continue;
            Add(start, boundary.Index);
            start = boundary.Index + boundary.Length;
        }
        var rest = text.AsSpan(start).Trim();
        if (rest.Length > 0 && Words(rest) < FewestWords && sentences.Count > 0)
            sentences[^1] += " " + rest.ToString();
        else
            Add(start, text.Length);
        return sentences;

        void Add(int from, int to)
        {
            var sentence = text.AsSpan(from, to - from).Trim();
            if (sentence.Length > 0)
                sentences.Add(sentence.ToString());
        }
    }

    /// <summary>The words of a text as strings: runs without white space.</summary>
    public static string[] SplitWords(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    static int Words(ReadOnlySpan<char> text)
    {
        var count = 0;
        for (var i = 0; i < text.Length; i++)
            if (char.IsLetterOrDigit(text[i]) && (i == 0 || char.IsWhiteSpace(text[i - 1])))
                count++;
        return count;
    }

    [GeneratedRegex("""(?<=[.!?]["')\]]?)\s+(?=["'(\[$]?[\p{Lu}\p{Lo}\p{N}])|(?<=[。！？])|\s*\n\s*\n\s*""", RegexOptions.CultureInvariant)]
    private static partial Regex Boundary();
}
