using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Qdrant;
using ReasonIR.Retrieval.Vectors;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Indexing;

/// <summary>
/// Builds a vector index at Qdrant: a collection of its own, filled and indexed, then an alias that is switched to it. A build that was
/// killed goes on after the last documents that it knows to be stored.
/// </summary>
public sealed class QdrantBuild(QdrantServers servers)
{
    const int DocumentsAtOnce = 4096, FloatsAtOnce = 16 << 20;

    /// <summary>Fills the collection.</summary>
    /// <param name="vectors">In the same order at each attempt.</param>
    public async Task<BuiltIndex> BuildAsync(
        RunContext run, Corpus corpus, Model model, IndexParameters parameters, IAsyncEnumerable<VectorDocument> vectors, CancellationToken cancellation)
    {
        var client = servers.Client!;
        var settings = parameters.VectorSettings(model.Name);
        var state = run.Checkpoint<QdrantProgress>();
        QdrantVectorIndex index;
        if (state is not null && await client.ExistsAsync(state.Collection, cancellation))
            index = await QdrantVectorIndex.OpenAsync(client, state.Collection, settings, corpus.Name, servers.Options, cancellation);
        else
        {
            state = new(servers.Collection(corpus.Name, model.Name, run.RunId), 0);
            // What a build left that died before its first checkpoint.
            await client.DeleteAsync(state.Collection, cancellation: cancellation);
            index = await QdrantVectorIndex.CreateAsync(client, state.Collection, settings, corpus.Name, servers.Options, bulk: true, cancellation);
            await run.SaveCheckpointAsync(state, cancellation: cancellation);
        }
        await foreach (var batch in BatchesAsync(vectors, state.Documents, cancellation))
        {
            await index.UpsertAsync(batch, cancellation);
            state = state with { Documents = state.Documents + batch.Count };
            await run.SaveCheckpointAsync(state, cancellation: cancellation);
        }
        await index.FinishAsync(indexed => run.ReportProgressAsync(null, $"Qdrant indexes, {indexed:N0} vectors so far").AsTask(), cancellation);
        await client.SetAliasAsync(servers.Alias(corpus.Name, model.Name), state.Collection, cancellation);
        await RemoveFormerAsync(run, corpus, model, state.Collection, cancellation);
        return new("", state.Documents, parameters with { Collection = state.Collection, Dtype = parameters.Storage == "f32" ? "f32" : "f16" });
    }

    /// <summary>A document of many passages weighs as many: batches are bounded in floats, too.</summary>
    static async IAsyncEnumerable<List<VectorDocument>> BatchesAsync(IAsyncEnumerable<VectorDocument> vectors, long stored, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var batch = new List<VectorDocument>();
        var floats = 0L;
        await foreach (var document in vectors.WithCancellation(cancellation))
        {
            if (stored-- > 0)
                continue;
            batch.Add(document);
            floats += document.Vectors.Length;
            if (batch.Count < DocumentsAtOnce && floats < FloatsAtOnce)
                continue;
            yield return batch;
            (batch, floats) = ([], 0);
        }
        if (batch.Count > 0)
            yield return batch;
    }

    /// <summary>Collections of earlier builds go; their entries hold for no content any more.</summary>
    async Task RemoveFormerAsync(RunContext run, Corpus corpus, Model model, string current, CancellationToken cancellation)
    {
        List<string> former;
        await using (var db = await run.ReadAsync(cancellation))
            former = [.. (await db.Indexes.AsNoTracking().Where(row => row.CorpusId == corpus.Id && row.ModelId == model.Id && row.CorpusHash != "").ToListAsync(cancellation))
                .Select(row => IndexParameters.Of(row).Collection).OfType<string>().Where(name => name != current).Distinct()];
        if (former.Count == 0)
            return;
        await run.WriteAsync(async db =>
        {
            foreach (var row in await db.Indexes.Where(row => row.CorpusId == corpus.Id && row.ModelId == model.Id).ToListAsync(cancellation))
                if (IndexParameters.Of(row).Collection is { } collection && collection != current)
                    row.CorpusHash = "";
            return await db.SaveChangesAsync(cancellation);
        }, cancellation);
        foreach (var collection in former)
            await servers.Client!.DeleteAsync(collection, cancellation: cancellation);
    }

    sealed record QdrantProgress(string Collection, long Documents);
}
