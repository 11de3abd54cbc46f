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

    internal static LabelFreeCheck Run(IReadOnlyList<StaticDocument> documents, IReadOnlySet<string> heldOut, WordVocabulary vocabulary,
        StaticParameters parameters, StaticOptions options, Func<HeldOutProbe, CancellationToken, IReadOnlyList<int>> bm25, CancellationToken cancellation)
    {
        var (queries, encoderSum, bm25Sum) = (0, 0.0, 0.0);
        var rounds = heldOut.Count == 0 ? 0 : Math.Clamp(WantedQueries / heldOut.Count, 1, MostRounds);
        for (var round = 0; round < rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            var probe = Probe(documents, heldOut, options.Seed, round);
            if (probe.Queries.Count == 0)
                break;
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

    static HeldOutProbe Probe(IReadOnlyList<StaticDocument> documents, IReadOnlySet<string> heldOut, int seed, int round)
    {
        var queries = new List<ProbeQuery>();
        var texts = new List<(string, string)>(documents.Count);
        foreach (var (index, document) in documents.Index())
        {
            var pieces = document.Pieces.ToList();
            if (heldOut.Contains(document.Id))
                TakeOut(document, pieces, new(seed, index), round, queries);
            texts.Add((document.Id, string.Join(' ', pieces)));
        }
        return new(queries, texts);
    }

    static void TakeOut(StaticDocument document, List<string> pieces, Draws random, int round, List<ProbeQuery> queries)
    {
        var titled = pieces.Count - document.Sentences.Count;
        if (pieces.Count >= 2 && document.Sentences.Count > 0)
        {
            var order = random.Distinct(document.Sentences.Count, document.Sentences.Count);
            if (round >= order.Length)
                return;
            queries.Add(new(pieces[titled + order[round]], document.Id));
            pieces.RemoveAt(titled + order[round]);
        }
        else if (round == 0 && pieces.Count == 1 && pieces[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is { Length: > 1 } words)
        {
            var asked = random.Distinct(words.Length / 2, words.Length).ToHashSet();
            queries.Add(new(string.Join(' ', words.Where((_, i) => asked.Contains(i))), document.Id));
            pieces[0] = string.Join(' ', words.Where((_, i) => !asked.Contains(i)));
        }
    }

    /// <summary>The rank of each query's document by cosine; documents with the same cosine count as better.</summary>
    static int[] EncoderRanks(HeldOutProbe probe, WordVocabulary vocabulary, StaticParameters parameters, int threads)
    {
        var (queries, documents) = (Vectors(probe.Queries.Select(query => query.Text)), Vectors(probe.Documents.Select(document => document.Text)));
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

        float[] Vectors(IEnumerable<string> texts)
        {
            var batch = new TextBatch();
            foreach (var text in texts)
            {
                vocabulary.AppendRows(text, batch.Rows);
                batch.End();
            }
            var vectors = new float[batch.Count * parameters.Dimension];
            parameters.Encode(batch, parameters.Factors(), vectors, null, threads);
            return vectors;
        }
    }
}
