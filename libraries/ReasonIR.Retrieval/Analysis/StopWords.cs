namespace ReasonIR.Retrieval.Analysis;

/// <summary>The 33 words that Lucene's English analysis drops. Not among them: I, you, from, has, were.</summary>
public static class StopWords
{
    public static IReadOnlyList<string> English { get; } =
    [
        "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of", "on", "or",
        "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
    ];

    const int Longest = 5;
    static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup =
        new HashSet<string>(English, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>True for one of the 33, in lower case.</summary>
    public static bool Contains(ReadOnlySpan<char> word) => word.Length <= Longest && lookup.Contains(word);
}
