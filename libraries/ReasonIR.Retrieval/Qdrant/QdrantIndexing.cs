namespace ReasonIR.Retrieval.Qdrant;

/// <summary>The end of a load in bulk.</summary>
static class QdrantIndexing
{
    /// <summary>Indexing begins, and when this returns it is done.</summary>
    /// <param name="progress">Told how many vectors are indexed.</param>
    public static async Task FinishAsync(QdrantClient client, string collection, Func<long, Task>? progress, CancellationToken cancellation)
    {
        await client.ChangeAsync(collection, new(new(IndexingThreshold: 10_000)), cancellation: cancellation);
        // Green is also what a collection is in the moment before it begins: it has to be so twice.
        for (var green = 0; green < 2;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellation);
            var info = await client.InfoAsync(collection, cancellation);
            if (info.Status == "red")
                throw new QdrantException($"collection '{collection}' cannot be indexed: {info.OptimizerStatus}");
            green = info.Status == "green" ? green + 1 : 0;
            if (progress is not null)
                await progress(info.IndexedVectorsCount ?? 0);
        }
    }
}
