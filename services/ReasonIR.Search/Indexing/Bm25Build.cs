using System.Buffers.Binary;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Indexing;

/// <summary>
/// Builds BM25 indexes from the database. Where the corpus had one of the same analyzer, the documents that are as they were are taken
/// over from it; only the others are read and analyzed. The index is the same either way.
/// </summary>
public sealed class Bm25Build(DocumentStore documents, ArtifactStore artifacts, IndexCatalog catalog)
{
    const int ReportEvery = 5000, ReadAtATime = 1000;

    /// <summary>Writes the index file and records it.</summary>
    public async Task<BuiltIndex> BuildAsync(RunContext run, Corpus corpus, string analyzer, CancellationToken cancellation)
    {
        var file = Path.Combine(run.WorkFolder, "index.bm25");
        // What an attempt that was killed left behind.
        foreach (var leftover in Directory.GetFiles(run.WorkFolder, "index.bm25*"))
            File.Delete(leftover);
        var older = await catalog.FormerBm25Async(corpus, analyzer, cancellation);
        Bm25Statistics statistics;
        using (var builder = new Bm25Builder(Analyzers.ByName(analyzer), file, older: older))
        {
            if (older is null)
                await AddAllAsync(run, corpus, builder, cancellation);
            else
                await AddChangedAsync(run, corpus, builder, cancellation);
            if (builder.Kept > 0)
                await run.LogAsync($"{builder.Kept:N0} documents are as in the index before; {builder.Count:N0} were analyzed.");
            statistics = await Task.Run(() => builder.Complete(cancellation), cancellation);
        }
        var path = $"indexes/{corpus.Name}-bm25-{run.RunId}.bm25";
        await artifacts.CommitFileAsync(file, path, "index", run, cancellation);
        await run.LogAsync($"{statistics.Terms:N0} terms, {statistics.Tokens:N0} tokens.");
        return new(path, statistics.Documents, new(Analyzer: analyzer));
    }

    async Task AddAllAsync(RunContext run, Corpus corpus, Bm25Builder builder, CancellationToken cancellation)
    {
        await foreach (var document in documents.StreamAsync(corpus.Id, cancellation: cancellation))
        {
            Add(builder, document);
            if (builder.Count % ReportEvery == 0)
                await run.ReportProgressAsync(builder.Count / (double)corpus.DocumentCount, $"{builder.Count:N0} documents");
        }
    }

    async Task AddChangedAsync(RunContext run, Corpus corpus, Bm25Builder builder, CancellationToken cancellation)
    {
        var changed = new List<string>();
        await foreach (var document in documents.StreamAsync(corpus.Id, withText: false, cancellation))
            if (!builder.Keep(document.ExternalId, Stamp(document)))
                changed.Add(document.ExternalId);
        await using var db = await run.ReadAsync(cancellation);
        foreach (var ids in changed.Chunk(ReadAtATime))
        {
            await foreach (var document in db.Documents.AsNoTracking().Where(row => row.CorpusId == corpus.Id && ids.Contains(row.ExternalId)).AsAsyncEnumerable().WithCancellation(cancellation))
                Add(builder, document);
            await run.ReportProgressAsync(builder.Count / (double)changed.Count, $"{builder.Count:N0} new or changed documents");
        }
    }

    static void Add(Bm25Builder builder, Document document) => builder.Add(document.ExternalId, $"{document.Title} {document.Text}", Stamp(document));

    static ulong Stamp(Document document) => BinaryPrimitives.ReadUInt64LittleEndian(document.ContentHash);
}
