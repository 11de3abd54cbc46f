using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Indexes;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Qdrant;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Indexing;

/// <summary>
/// Puts a BM25 index at Qdrant: a collection of its own, filled with the weights of an embedded index that is built first, then an alias
/// that is switched to it. A build that was killed fills it again: points that are there are replaced.
/// </summary>
public sealed class QdrantBm25Build(QdrantServers servers, DocumentStore documents, ArtifactStore artifacts)
{
    const int DocumentsAtOnce = 1024;

    /// <summary>What stands for the model in the names of collections; no model's name may hold a tilde.</summary>
    const string Name = "bm25~";

    /// <summary>Fills the collection.</summary>
    /// <param name="built">The embedded index of the same documents.</param>
    /// <exception cref="ArgumentException">No server is named.</exception>
    public async Task<BuiltIndex> BuildAsync(RunContext run, Corpus corpus, BuiltIndex built, double k1, double b, CancellationToken cancellation)
    {
        var client = servers.Client ?? throw new ArgumentException("engine: no Qdrant server is named (ConnectionStrings__qdrant_http).");
        using var terms = Bm25Index.Open(artifacts.Resolve(built.Path));
        var collection = servers.Collection(corpus.Name, Name, run.RunId);
        // What an attempt left that was killed.
        await client.DeleteAsync(collection, cancellation: cancellation);
        var index = await QdrantBm25Index.CreateAsync(client, collection, terms, k1, b, servers.Options, cancellation);
        var stored = 0L;
        await foreach (var batch in documents.StreamAsync(corpus.Id, cancellation: cancellation).Chunk(DocumentsAtOnce).WithCancellation(cancellation))
        {
            await index.UpsertAsync(batch.Select(document => (document.ExternalId, $"{document.Title} {document.Text}")), corpus.Name, cancellation);
            stored += batch.Length;
            await run.ReportProgressAsync(stored / (double)corpus.DocumentCount, $"{stored:N0} documents at Qdrant");
        }
        await index.FinishAsync(cancellation: cancellation);
        await client.SetAliasAsync(servers.Alias(corpus.Name, Name), collection, cancellation);
        await RemoveFormerAsync(run, corpus, collection, cancellation);
        return built with { Parameters = built.Parameters with { Backend = IndexParameters.Qdrant, Collection = collection, K1 = k1, B = b } };
    }

    /// <summary>Collections of earlier builds go; their entries hold for no content any more.</summary>
    async Task RemoveFormerAsync(RunContext run, Corpus corpus, string current, CancellationToken cancellation)
    {
        var former = await run.WriteAsync(async db =>
        {
            var names = new List<string>();
            foreach (var row in await db.Indexes.Where(row => row.CorpusId == corpus.Id && row.Kind == "bm25" && row.CorpusHash != "").ToListAsync(cancellation))
                if (IndexParameters.Of(row).Collection is { } name && name != current)
                {
                    row.CorpusHash = "";
                    names.Add(name);
                }
            await db.SaveChangesAsync(cancellation);
            return names;
        }, cancellation);
        foreach (var name in former.Distinct())
            await servers.Client!.DeleteAsync(name, cancellation: cancellation);
    }
}
