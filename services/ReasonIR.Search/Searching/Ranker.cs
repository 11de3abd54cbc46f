using ReasonIR.Contracts.Embeddings;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Vectors;

namespace ReasonIR.Search.Searching;

/// <summary>Ranks documents for a batch of queries by one retriever; excluded documents are removed before the cut.</summary>
public sealed class Ranker(IndexCatalog catalog, EmbeddingsClient encoder, Rm3Ranking rm3, FilteredDocuments filtered)
{
    /// <summary>Queries sent to the encoder at a time.</summary>
    const int EncodeBatch = 256;

    /// <summary>BM25's rankings, one a query, best first.</summary>
    public async Task<IReadOnlyList<ScoredDocument>[]> Bm25Async(Corpus corpus, IReadOnlyList<RankedText> queries, int depth, Bm25Settings? settings, CancellationToken ct, VectorFilter? filter = null)
    {
        queries = await filtered.ExcludeAsync(corpus, queries, filter, ct);
        var (index, passages) = await catalog.Bm25Async(corpus, ct);
        var parameters = Parameters(settings);
        // What a filter leaves out may be most of the corpus: too much to name to a server, and the ranking is the same.
        if (filter is null && settings?.Rm3 is null && await catalog.RemoteBm25Async(corpus, index, ct) is { } remote)
            return await remote.SearchAsync([.. queries.Select(query => query.Text)], depth, parameters, [.. queries.Select(query => query.Exclude)], ct);
        var rankings = new IReadOnlyList<ScoredDocument>[queries.Count];
        if (settings?.Rm3 is { } expansion)
        {
            await Parallel.ForAsync(0, queries.Count, ct, async (i, canceled) => rankings[i] = await rm3.RankAsync(corpus, index, passages, queries[i], depth, parameters, expansion, canceled));
            return rankings;
        }
        await Task.Run(() => Parallel.For(0, queries.Count, new ParallelOptions { CancellationToken = ct },
            i => rankings[i] = passages is null
                ? index.Search(queries[i].Text, depth, parameters, queries[i].Exclude)
                : PassageRanking.Documents(index, depth, queries[i].Exclude, (most, exclude) => index.Search(queries[i].Text, most, parameters, exclude))), ct);
        return rankings;
    }

    /// <summary>The rankings by cosine, one a query, best first.</summary>
    /// <param name="instruction">What the encoder is told of the queries' task; null: nothing.</param>
    public async Task<DenseRankings> DenseAsync(
        Corpus corpus, IReadOnlyList<RankedText> queries, int depth, string model, string? instruction, CancellationToken ct, VectorFilter? filter = null)
    {
        var (index, made) = await catalog.VectorsAsync(corpus, model, ct);
        var rankings = new IReadOnlyList<ScoredDocument>[queries.Count];
        string? prompt = null;
        for (var start = 0; start < queries.Count; start += EncodeBatch)
        {
            var batch = queries.Skip(start).Take(EncodeBatch).ToList();
            (var vectors, var revision, prompt) = await encoder.EncodeQueriesAsync(model, [.. batch.Select(query => query.Text)], instruction, ct);
            if (revision is not null && revision != made.ModelRevision)
                throw new InvalidDataException($"Model '{model}' now has the weights {revision}, its index of '{corpus.Name}' was made with {made.ModelRevision}; run: index {corpus.Name} --model {model}");
            if (vectors[0].Length != index.Settings.Dimension)
                throw new InvalidDataException($"Model '{model}' gives vectors of {vectors[0].Length} floats, its index holds {index.Settings.Dimension}.");
            var found = await index.SearchBatchAsync(vectors.SelectMany(vector => vector).ToArray(), depth, [.. batch.Select(query => query.Exclude)], filter, ct);
            for (var i = 0; i < found.Length; i++)
                rankings[start + i] = found[i];
        }
        return new(rankings, prompt);
    }

    /// <summary>The settings with their defaults.</summary>
    public static Bm25Parameters Parameters(Bm25Settings? settings) => settings is null
        ? Bm25Parameters.Default
        : new(settings.Variant == "bright" ? Bm25Variant.Bright : Bm25Variant.Lucene, settings.K1, settings.B);
}

/// <summary>What a dense retriever gave.</summary>
/// <param name="Rankings">One a query, best first.</param>
/// <param name="Prompt">What an instruction became: the text before each query; null without one.</param>
public sealed record DenseRankings(IReadOnlyList<ScoredDocument>[] Rankings, string? Prompt);

/// <summary>A query to rank documents for.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Exclude">Documents that must not be found.</param>
/// <param name="Id">The query's id in its set, where it is of one.</param>
public sealed record RankedText(string Text, IReadOnlySet<string>? Exclude = null, string? Id = null);
