namespace ReasonIR.Training.Static;

/// <summary>The rows of texts given as pieces; a piece's rows are kept by the string object, so that drawing the same pieces again costs no tokenization.</summary>
sealed class TextRows(WordVocabulary vocabulary)
{
    /// <summary>Row numbers kept at most; beyond, everything is forgotten (sources that make new strings at each draw must not fill the memory).</summary>
    const long MaxKept = 64L << 20;

    readonly Dictionary<string, int[]> kept = new(ReferenceEqualityComparer.Instance);
    readonly List<int> scratch = [];
    long total;

    public int[] Rows(string piece)
    {
        if (kept.TryGetValue(piece, out var rows))
            return rows;
        scratch.Clear();
        vocabulary.AppendRows(piece, scratch);
        if (total > MaxKept)
        {
            kept.Clear();
            total = 0;
        }
        total += scratch.Count + 16;
        return kept[piece] = [.. scratch];
    }

    public void Append(IEnumerable<string> pieces, List<int> rows)
    {
        foreach (var piece in pieces)
            rows.AddRange(Rows(piece));
    }
}
