using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Vectors;

namespace ReasonIR.Retrieval.Qdrant;

/// <summary>
/// A vector index that is a collection of a Qdrant server: a point for each part of a document, or for mean aggregation one with their mean.
/// Vectors are prepared here and compared by inner product, so that scores are those of the embedded index up to float rounding. Which of
/// several documents with the same score are found at the cut is the server's choice. Thread-safe. It does not own the client.
/// </summary>
public sealed class QdrantVectorIndex : IVectorIndex
{
    /// <summary>Documents named in one filter.</summary>
    const int IdsARequest = 5_000;

    /// <summary>Documents whose best part is asked for together.</summary>
    const int PartsARequest = 100;

    /// <summary>Bytes of a float as JSON, roughly.</summary>
    const int FloatBytes = 13;

    readonly QdrantClient client;
    readonly QdrantOptions options;
    readonly string corpus;
    volatile bool hasParts;

    QdrantVectorIndex(QdrantClient client, string collection, VectorIndexSettings settings, QdrantOptions options, string corpus) =>
        (this.client, Collection, Settings, this.options, this.corpus) = (client, collection, settings, options, corpus);

    /// <summary>The collection's name or an alias.</summary>
    public string Collection { get; }

    public VectorIndexSettings Settings { get; }

    /// <summary>Makes an empty collection.</summary>
    /// <param name="corpus">Stands in each point's payload.</param>
    /// <param name="bulk">Whether much is to come: nothing is indexed before <see cref="FinishAsync"/>.</param>
    /// <exception cref="QdrantException">It exists, or the server refuses.</exception>
    public static async Task<QdrantVectorIndex> CreateAsync(
        QdrantClient client, string collection, VectorIndexSettings settings, string corpus = "", QdrantOptions? options = null, bool bulk = false, CancellationToken cancellation = default)
    {
        settings.Check();
        options ??= new();
        if (options.Problems().FirstOrDefault() is { } problem)
            throw new ArgumentException(problem);
        await client.CheckVersionAsync(cancellation);
        var datatype = settings.Storage == VectorStorage.Float32 ? null : "float16";
        var created = options.Collection(new(settings.Dimension, "Dot", Datatype: datatype));
        await client.CreateAsync(collection, bulk ? created with { OptimizersConfig = new(IndexingThreshold: 0) } : created, cancellation: cancellation);
        await client.IndexFieldAsync(collection, QdrantPayload.DocumentId, "keyword", cancellation);
        await client.IndexFieldAsync(collection, QdrantPayload.Part, "integer", cancellation);
        return new(client, collection, settings, options, corpus);
    }

    /// <summary>Opens a collection that <see cref="CreateAsync"/> made.</summary>
    /// <exception cref="QdrantException">It is not there, or holds vectors of another dimension.</exception>
    public static async Task<QdrantVectorIndex> OpenAsync(
        QdrantClient client, string collection, VectorIndexSettings settings, string corpus = "", QdrantOptions? options = null, CancellationToken cancellation = default)
    {
        await client.CheckVersionAsync(cancellation);
        var vectors = (await client.InfoAsync(collection, cancellation)).Config?.Params?.Vectors;
        if (vectors is not { ValueKind: System.Text.Json.JsonValueKind.Object } shape || !shape.TryGetProperty("size", out var size) || size.GetInt32() != settings.Dimension
            || !shape.TryGetProperty("distance", out var distance) || distance.GetString() != "Dot")
            throw new QdrantException($"collection '{collection}' holds vectors of {vectors?.ToString() ?? "no kind"}, expected size {settings.Dimension} and distance Dot");
        var index = new QdrantVectorIndex(client, collection, settings, options ?? new(), corpus);
        index.hasParts = await client.CountAsync(collection, new([new(QdrantPayload.Part, Range: new(Gte: 1))]), cancellation) > 0;
        return index;
    }

    public Task<long> CountAsync(CancellationToken cancellation = default) =>
        client.CountAsync(Collection, hasParts ? new([new(QdrantPayload.Part, Range: new(Lte: 0))]) : null, cancellation);

    public async Task<ScoredDocument[]> SearchAsync(
        ReadOnlyMemory<float> query, int k, IReadOnlySet<string>? exclude = null, VectorFilter? filter = null, CancellationToken cancellation = default)
    {
        if (query.Length != Settings.Dimension)
            throw new ArgumentException($"{query.Length} floats, expected {Settings.Dimension}");
        return (await SearchBatchAsync(query, k, [exclude], filter, cancellation))[0];
    }

    public async Task<ScoredDocument[][]> SearchBatchAsync(
        ReadOnlyMemory<float> queries, int k, IReadOnlyList<IReadOnlySet<string>?>? exclude = null, VectorFilter? filter = null,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        filter?.Check();
        PreparedQueries.Check(queries.Span, Settings);
        var count = queries.Length / Settings.Dimension;
        if (exclude is not null && exclude.Count != count)
            throw new ArgumentException($"{exclude.Count} exclusions, expected {count}, one a query");
        var wanted = Enumerable.Range(0, count).Select(q => new QdrantQuery(
            Prepared(queries.Slice(q * Settings.Dimension, Settings.Dimension)), k, QdrantPayload.Filter(filter, exclude?[q]), [QdrantPayload.DocumentId], options.Search)).ToList();
        var found = new ScoredDocument[count][];
        if (hasParts && Settings.Aggregation == PartAggregation.Max)
            for (var q = 0; q < count; q++)
                found[q] = Sorted(await GroupsAsync(wanted[q], k, exclude?[q], filter, cancellation));
        else
            foreach (var chunk in Enumerable.Range(0, count).Chunk(Math.Max(1, QdrantRest.MostRequestBytes / (FloatBytes * Settings.Dimension + 4096))))
                foreach (var (place, hits) in (await client.QueryBatchAsync(Collection, chunk.Select(q => wanted[q]), cancellation)).Index())
                    found[chunk[place]] = Sorted(hits.Select(hit => new ScoredDocument(hit.Payload!.Value.GetProperty(QdrantPayload.DocumentId).GetString()!, hit.Score)));
        return found;
    }

    public async Task<int?[]> BestPartsAsync(ReadOnlyMemory<float> query, IReadOnlyList<string> ids, CancellationToken cancellation = default)
    {
        if (query.Length != Settings.Dimension)
            throw new ArgumentException($"{query.Length} floats, expected {Settings.Dimension}");
        var parts = new Dictionary<string, int>(StringComparer.Ordinal);
        // Of mean aggregation only the mean is here.
        for (var left = Settings.Aggregation == PartAggregation.Mean ? [] : ids.Distinct(StringComparer.Ordinal).ToList(); left.Count > 0; left = [.. left.Where(id => !parts.ContainsKey(id))])
        {
            var wanted = new QdrantQuery(Prepared(query), Math.Min(left.Count, PartsARequest), new([QdrantPayload.AnyOf(left)]), [QdrantPayload.Part], options.Search);
            var groups = await client.QueryGroupsAsync(Collection, wanted, QdrantPayload.DocumentId, cancellation);
            if (groups.Count == 0)
                break;
            foreach (var group in groups)
                parts[group.Id.GetString()!] = group.Hits[0].Payload!.Value.GetProperty(QdrantPayload.Part).GetInt32();
        }
        return [.. ids.Select(id => parts.TryGetValue(id, out var part) ? part : (int?)null)];
    }

    public async Task UpsertAsync(IReadOnlyCollection<VectorDocument> documents, CancellationToken cancellation = default)
    {
        foreach (var document in documents)
            SegmentWriter.Check(document.Id, document.Vectors.Span, document.Metadata, Settings);
        if (documents.GroupBy(document => document.Id, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"document {twice.Key} is added twice");
        var severalParts = Settings.Aggregation == PartAggregation.Max && documents.Any(document => document.Vectors.Length > Settings.Dimension);
        hasParts |= severalParts;
        await QdrantUpload.RunAsync(client, Collection, documents.SelectMany(Points), cancellation);
        if (!hasParts)
            return;
        // The former parts that a document has no more.
        foreach (var same in documents.GroupBy(document => document.Vectors.Length / Settings.Dimension))
            foreach (var some in same.Select(document => document.Id).Chunk(IdsARequest))
                await client.RemoveAsync(Collection, new([QdrantPayload.AnyOf(some), new(QdrantPayload.Part, Range: new(Gte: same.Key))]), cancellation);
    }

    public async Task RemoveAsync(IReadOnlyCollection<string> ids, CancellationToken cancellation = default)
    {
        foreach (var some in ids.Chunk(IdsARequest))
            await client.RemoveAsync(Collection, new([QdrantPayload.AnyOf(some)]), cancellation);
    }

    /// <summary>After loading in bulk: indexing begins, and when this returns it is done.</summary>
    /// <param name="progress">Told how many vectors are in the graph.</param>
    public Task FinishAsync(Func<long, Task>? progress = null, CancellationToken cancellation = default) => QdrantIndexing.FinishAsync(client, Collection, progress, cancellation);

    public void Dispose()
    {
    }

    /// <summary>Asks until as many documents are found as are wanted or there are: the server's groups are filled by some attempts only.</summary>
    async Task<List<ScoredDocument>> GroupsAsync(QdrantQuery query, int k, IReadOnlySet<string>? exclude, VectorFilter? filter, CancellationToken cancellation)
    {
        var found = new List<ScoredDocument>();
        while (found.Count < k)
        {
            var groups = await client.QueryGroupsAsync(Collection, query with { Limit = k - found.Count }, QdrantPayload.DocumentId, cancellation);
            if (groups.Count == 0)
                break;
            found.AddRange(groups.Select(group => new ScoredDocument(group.Id.GetString()!, group.Hits[0].Score)));
            query = query with { Filter = QdrantPayload.Filter(filter, exclude, found.Select(document => document.Id)) };
        }
        return found;
    }

    IEnumerable<QdrantPoint> Points(VectorDocument document)
    {
        var parts = document.Vectors.Length / Settings.Dimension;
        if (Settings.Aggregation == PartAggregation.Mean)
        {
            yield return new(QdrantPayload.PointId(document.Id, 0), Mean(document.Vectors, parts), QdrantPayload.Of(document, 0, corpus));
            yield break;
        }
        for (var part = 0; part < parts; part++)
            yield return new(
                QdrantPayload.PointId(document.Id, part), Prepared(document.Vectors.Slice(part * Settings.Dimension, Settings.Dimension)), QdrantPayload.Of(document, part, corpus));
    }

    /// <summary>The mean of inner products is the inner product with the mean.</summary>
    float[] Mean(ReadOnlyMemory<float> vectors, int parts)
    {
        var sum = new double[Settings.Dimension];
        for (var part = 0; part < parts; part++)
        {
            var prepared = Prepared(vectors.Slice(part * Settings.Dimension, Settings.Dimension));
            for (var i = 0; i < sum.Length; i++)
                sum[i] += prepared[i];
        }
        return Array.ConvertAll(sum, value => (float)(value / parts));
    }

    float[] Prepared(ReadOnlyMemory<float> vector)
    {
        var prepared = vector.ToArray();
        UnitLength.Prepare(prepared, Settings.Metric);
        return prepared;
    }

    static ScoredDocument[] Sorted(IEnumerable<ScoredDocument> found) => [.. found.Order(DocumentOrder.Best)];
}
