using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Trainer.Data;

/// <summary>The stored examples of a dataset version.</summary>
public sealed class StoredRows(IReadOnlyList<Example> rows)
{
    readonly ILookup<string, Example> bySource = rows.Where(row => row.SourceDocumentId is not null && row.Negatives.Count > 0)
        .ToLookup(row => row.SourceDocumentId!, StringComparer.Ordinal);

    public IReadOnlyList<Example> All => rows;

    /// <summary>Hard negatives over all rows.</summary>
    public int Negatives { get; } = rows.Sum(row => row.Negatives.Count);

    /// <summary>
    /// Hard negatives of a document's rows, for a pair that is drawn from it: those of one row, of the next one at each draw. Documents
    /// of <paramref name="left"/> (positives of the same batch, held-out ones) are left out.
    /// </summary>
    public IEnumerable<string> NegativesOf(string documentId, int draw, params IReadOnlySet<string>[] left) => Texts(NegativesOf(documentId, draw), left);

    /// <summary>Hard negatives of one of a document's rows, of the next one at each draw.</summary>
    public IReadOnlyList<Passage> NegativesOf(string documentId, int draw)
    {
        var candidates = bySource[documentId];
        var count = candidates.Count();
        return count == 0 ? [] : candidates.ElementAt(draw % count).Negatives;
    }

    /// <summary>At most so many of the texts, the next ones at each draw; null: all.</summary>
    public static IEnumerable<string> Some(IReadOnlyList<string> texts, int? most, int draw) =>
        most is not { } count || count >= texts.Count ? texts : Enumerable.Range(0, count).Select(i => texts[(int)(((long)draw * count + i) % texts.Count)]);

    /// <summary>The texts of the passages whose documents are in none of the sets.</summary>
    public static IEnumerable<string> Texts(IEnumerable<Passage> passages, params IReadOnlySet<string>[] left) =>
        passages.Where(passage => passage.DocumentId is not { } id || !left.Any(set => set.Contains(id))).Select(passage => passage.Text);
}
