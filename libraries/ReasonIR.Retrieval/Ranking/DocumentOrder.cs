namespace ReasonIR.Retrieval.Ranking;

/// <summary>
/// Orders of document ids and of scored documents. Ids are compared as UTF-8 bytes (the same as by code point), without
/// culture, case folding or normalization, because that is what <c>strcmp</c> does in the field's tools;
/// <see cref="string.CompareOrdinal(string, string)"/> compares UTF-16 units and puts U+FF5E above U+1F600.
/// </summary>
public static class DocumentOrder
{
    /// <summary>Ids ascending, as UTF-8 bytes.</summary>
    public static IComparer<string> Ids { get; } = new IdComparer();

    /// <summary>Score descending, ties by id ascending: the order of fusion and of vector search.</summary>
    public static IComparer<ScoredDocument> Best { get; } = new BestFirst();

    /// <summary>
    /// trec_eval 9's order: score as a 32-bit float descending, ties by id <em>descending</em>. So 1.000000001 and 1.0 tie.
    /// </summary>
    public static IComparer<ScoredDocument> TrecEval { get; } = new TrecEvalOrder();

    /// <summary>Compares two ids as UTF-8 bytes.</summary>
    public static int CompareIds(string a, string b)
    {
        var shared = a.AsSpan().CommonPrefixLength(b);
        return shared < a.Length && shared < b.Length
            ? CodePointRank(a[shared]) - CodePointRank(b[shared])
            : a.Length - b.Length;
    }

    /// <summary>Surrogates stand for code points above all others, but their values lie below U+E000..U+FFFF.</summary>
    static int CodePointRank(char c) => c < 0xD800 ? c : c < 0xE000 ? c + 0x10000 : c;

    sealed class IdComparer : IComparer<string>
    {
        public int Compare(string? x, string? y) =>
            x is null ? (y is null ? 0 : -1) : y is null ? 1 : CompareIds(x, y);
    }

    sealed class BestFirst : IComparer<ScoredDocument>
    {
        public int Compare(ScoredDocument x, ScoredDocument y) =>
            x.Score > y.Score ? -1 : x.Score < y.Score ? 1 : CompareIds(x.Id, y.Id);
    }

    sealed class TrecEvalOrder : IComparer<ScoredDocument>
    {
        public int Compare(ScoredDocument x, ScoredDocument y)
        {
            var (a, b) = ((float)x.Score, (float)y.Score);
            return a > b ? -1 : a < b ? 1 : CompareIds(y.Id, x.Id);
        }
    }
}
