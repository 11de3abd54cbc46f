using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Qdrant;

/// <summary>
/// BM25 at a Qdrant server: a collection with a sparse vector a document and form, whose weights are computed here; the engine adds up exact inner
/// products, so that the ranking is the embedded index's up to float rounding. k1 and b are fixed when it is made. The embedded index
/// stays beside it: it numbers the terms and holds the statistics that queries are weighted by. Which of several documents with the same
/// score are found at the cut is the server's choice. Thread-safe. It owns neither the client nor the index.
/// </summary>
public sealed class QdrantBm25Index
{
    /// <summary>Queries of a request.</summary>
    const int QueriesARequest = 64;

    readonly QdrantClient client;
    readonly Bm25Vectors vectors;
    readonly IReadOnlyDictionary<string, Bm25Parameters> forms;

    QdrantBm25Index(QdrantClient client, string collection, Bm25Index terms, double k1, double b)
    {
        (this.client, Collection, vectors) = (client, collection, new(terms));
        forms = new Dictionary<string, Bm25Parameters> { ["lucene"] = new(Bm25Variant.Lucene, k1, b), ["bright"] = new(Bm25Variant.Bright, k1, b) };
    }

    /// <summary>The collection's name or an alias.</summary>
    public string Collection { get; }

    /// <summary>Makes an empty collection, for loading in bulk: nothing is indexed before <see cref="FinishAsync"/>.</summary>
    /// <param name="terms">The embedded index of the same documents.</param>
    /// <exception cref="QdrantException">It exists, or the server refuses.</exception>
    public static async Task<QdrantBm25Index> CreateAsync(
        QdrantClient client, string collection, Bm25Index terms, double k1 = 0.9, double b = 0.4, QdrantOptions? options = null, CancellationToken cancellation = default)
    {
        await client.CheckVersionAsync(cancellation);
        var index = new QdrantBm25Index(client, collection, terms, k1, b);
        var settings = (options ?? new()).Collection(null, index.forms.Keys.ToDictionary(name => name, _ => new QdrantSparse())) with { OptimizersConfig = new(IndexingThreshold: 0) };
        await client.CreateAsync(collection, settings, cancellation: cancellation);
        await client.IndexFieldAsync(collection, QdrantPayload.DocumentId, "keyword", cancellation);
        return index;
    }

    /// <summary>Opens a collection that <see cref="CreateAsync"/> made, with the same k1 and b.</summary>
    /// <exception cref="QdrantException">It is not there, or has no such vectors.</exception>
    public static async Task<QdrantBm25Index> OpenAsync(QdrantClient client, string collection, Bm25Index terms, double k1 = 0.9, double b = 0.4, CancellationToken cancellation = default)
    {
        await client.CheckVersionAsync(cancellation);
        var index = new QdrantBm25Index(client, collection, terms, k1, b);
        var sparse = (await client.InfoAsync(collection, cancellation)).Config?.Params?.SparseVectors;
        if (sparse is not { ValueKind: JsonValueKind.Object } there || index.forms.Keys.Any(name => !there.TryGetProperty(name, out _)))
            throw new QdrantException($"collection '{collection}' holds the sparse vectors {sparse?.ToString() ?? "none"}, expected {string.Join(" and ", index.forms.Keys)}");
        return index;
    }

    /// <summary>Stores documents; one without a term is none that a query could find, and is left out.</summary>
    /// <param name="documents">Ids and texts, as they were indexed.</param>
    /// <param name="corpus">Stands in each point's payload.</param>
    public Task UpsertAsync(IEnumerable<(string Id, string Text)> documents, string corpus = "", CancellationToken cancellation = default) =>
        QdrantUpload.RunAsync(client, Collection, documents.Select(document => Point(document.Id, document.Text, corpus)).OfType<QdrantPoint>(), cancellation);

    /// <summary>After loading: indexing begins, and when this returns it is done.</summary>
    public Task FinishAsync(Func<long, Task>? progress = null, CancellationToken cancellation = default) => QdrantIndexing.FinishAsync(client, Collection, progress, cancellation);

    /// <summary>The best documents of each query, best first; only those that hold a term of it.</summary>
    /// <param name="exclude">For each query the ids that are removed before the cut; null: none.</param>
    /// <exception cref="ArgumentException">The collection was made with another k1 or b.</exception>
    public Task<IReadOnlyList<ScoredDocument>[]> SearchAsync(
        IReadOnlyList<string> queries, int k, Bm25Parameters? parameters = null, IReadOnlyList<IReadOnlySet<string>?>? exclude = null, CancellationToken cancellation = default)
    {
        var form = Form(parameters ?? Bm25Parameters.Default);
        return SearchAsync([.. queries.Select(query => vectors.OfQuery(query, forms[form]))], form, k, exclude, cancellation);
    }

    /// <summary>The best documents for terms that count by weight.</summary>
    public async Task<IReadOnlyList<ScoredDocument>> SearchAsync(
        IReadOnlyList<WeightedTerm> query, int k, Bm25Parameters? parameters = null, IReadOnlySet<string>? exclude = null, CancellationToken cancellation = default)
    {
        var form = Form(parameters ?? Bm25Parameters.Default);
        return (await SearchAsync([vectors.OfQuery(query, forms[form])], form, k, [exclude], cancellation))[0];
    }

    async Task<IReadOnlyList<ScoredDocument>[]> SearchAsync(
        IReadOnlyList<Bm25Vector> queries, string form, int k, IReadOnlyList<IReadOnlySet<string>?>? exclude, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var found = new IReadOnlyList<ScoredDocument>[queries.Count];
        Array.Fill(found, []);
        // A query of words that the collection lacks finds nothing and need not be asked.
        foreach (var chunk in Enumerable.Range(0, queries.Count).Where(q => queries[q].Terms.Length > 0).Chunk(QueriesARequest))
        {
            var asked = chunk.Select(q => new QdrantQuery(
                default, k, QdrantPayload.Filter(null, exclude?[q]), [QdrantPayload.DocumentId], Sparse: new(queries[q].Terms, queries[q].Weights), Using: form));
            foreach (var (place, hits) in (await client.QueryBatchAsync(Collection, asked, cancellation)).Index())
                found[chunk[place]] = [.. hits.Select(hit => new ScoredDocument(hit.Payload!.Value.GetProperty(QdrantPayload.DocumentId).GetString()!, hit.Score)).Order(DocumentOrder.Best)];
        }
        return found;
    }

    string Form(Bm25Parameters parameters)
    {
        var (name, made) = forms.First(form => form.Value.Variant == parameters.Variant);
        return made == parameters ? name
            : throw new ArgumentException(FormattableString.Invariant(
                $"bm25: the index at Qdrant was made with k1 {made.K1} and b {made.B}, the query asks for {parameters.K1} and {parameters.B}; index the corpus again with these, or by the embedded engine, which takes any."));
    }

    QdrantPoint? Point(string id, string text, string corpus)
    {
        var weights = vectors.OfDocument(id, text, [.. forms.Values]);
        return weights[0].Terms.Length == 0 ? null : new(
            QdrantPayload.PointId(id, 0), default, new JsonObject { [QdrantPayload.DocumentId] = id, [QdrantPayload.Corpus] = corpus },
            forms.Keys.Zip(weights, (name, vector) => (name, vector)).ToDictionary(pair => pair.name, pair => new QdrantSparseVector(pair.vector.Terms, pair.vector.Weights)));
    }
}
