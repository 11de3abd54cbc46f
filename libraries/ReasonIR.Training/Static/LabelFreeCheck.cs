namespace ReasonIR.Training.Static;

/// <summary>A sentence taken out of a held-out document, which must find what is left of it.</summary>
public sealed record ProbeQuery(string Text, string DocumentId);

/// <summary>A collection in which each held-out document lacks the sentence that asks for it.</summary>
/// <param name="Documents">All documents of the corpus, id and text.</param>
public sealed record HeldOutProbe(IReadOnlyList<ProbeQuery> Queries, IReadOnlyList<(string Id, string Text)> Documents);

/// <summary>How well sentences of held-out documents find their documents: mean reciprocal rank, cut at 100, by the encoder and by BM25.</summary>
public sealed record LabelFreeCheck(int Queries, double Encoder, double Bm25)
{
    const int Depth = 100;

    /// <summary>Enough sentences for a steady mean; small corpora are asked several sentences a document.</summary>
    const int WantedQueries = 200, MostRounds = 4;

    public bool BetterThanBm25 => Encoder > Bm25;

    public override string ToString() => FormattableString.Invariant(
        $"{Queries} held-out sentences find their documents with a reciprocal rank of {Encoder:F3}, by BM25 {Bm25:F3}: {(BetterThanBm25 ? "better than BM25" : "worse than BM25 here; not offered as an improvement")}");

    internal static LabelFreeCheck Run(IReadOnlyList<StaticDocument> documents, IReadOnlyList<HeldOutCase> cases, WordVocabulary vocabulary,
        StaticParameters parameters, StaticOptions options, Func<HeldOutProbe, CancellationToken, IReadOnlyList<int>> bm25, CancellationToken cancellation)
    {
        var (queries, encoderSum, bm25Sum) = (0, 0.0, 0.0);
        var byDocument = cases.GroupBy(item => item.DocumentId).ToList();
        var rounds = byDocument.Count == 0 ? 0 : Math.Clamp(WantedQueries / byDocument.Count, 1, MostRounds);
        for (var round = 0; round < rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            var asked = byDocument.Select(group => group.ElementAtOrDefault(round)).OfType<HeldOutCase>().ToDictionary(item => item.DocumentId, StringComparer.Ordinal);
            if (asked.Count == 0)
                break;
            var probe = new HeldOutProbe([.. asked.Values.Select(item => new ProbeQuery(item.Query, item.DocumentId))],
                [.. documents.Select(document => (document.Id, string.Join(' ', asked.TryGetValue(document.Id, out var cut) ? cut.Rest : document.Pieces)))]);
            var ranks = bm25(probe, cancellation);
            if (ranks.Count != probe.Queries.Count)
                throw new ArgumentException($"BM25 gave {ranks.Count} ranks for {probe.Queries.Count} queries.", nameof(bm25));
            bm25Sum += ranks.Sum(Reciprocal);
            encoderSum += EncoderRanks(probe, vocabulary, parameters, options.Workers).Sum(Reciprocal);
            queries += probe.Queries.Count;
        }
        return new(queries, encoderSum / Math.Max(queries, 1), bm25Sum / Math.Max(queries, 1));
    }

    static double Reciprocal(int rank) => rank is > 0 and <= Depth ? 1.0 / rank : 0;

    /// <summary>The rank of each query's document by cosine; documents with the same cosine count as better.</summary>
    static int[] EncoderRanks(HeldOutProbe probe, WordVocabulary vocabulary, StaticParameters parameters, int threads)
    {
        var (queries, documents) = (vocabulary.Encode([.. probe.Queries.Select(query => query.Text)], parameters, threads), vocabulary.Encode([.. probe.Documents.Select(document => document.Text)], parameters, threads));
        var scores = new float[probe.Queries.Count * probe.Documents.Count];
        MatrixProduct.Multiply(queries, documents, scores, probe.Queries.Count, parameters.Dimension, probe.Documents.Count, transposeB: true, threads);
        var places = probe.Documents.Index().ToDictionary(item => item.Item.Id, item => item.Index, StringComparer.Ordinal);
        return [.. probe.Queries.Select((query, q) =>
        {
            var row = scores.AsSpan(q * probe.Documents.Count, probe.Documents.Count);
            var (own, rank) = (row[places[query.DocumentId]], 0);
            foreach (var score in row)
                rank += score >= own ? 1 : 0;
            return rank;
        })];
    }
}
