using System.Buffers;
using System.Buffers.Binary;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Passages;
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
    public async Task<BuiltIndex> BuildAsync(RunContext run, Corpus corpus, string analyzer, PassageRule? passages, CancellationToken cancellation)
    {
        var file = run.AttemptFile("index.bm25");
        // What attempts left behind that were killed.
        foreach (var leftover in Directory.GetFiles(run.WorkFolder, "*-index.bm25*").Where(other => string.CompareOrdinal(other, file) < 0))
            File.Delete(leftover);
        var older = await catalog.FormerBm25Async(corpus, analyzer, passages, cancellation);
        var (documentCount, statistics) = (0L, default(Bm25Statistics)!);
        using (var builder = new Bm25Builder(Analyzers.ByName(analyzer), file, older: older))
        {
            if (older is null)
                documentCount = await AddAllAsync(run, corpus, builder, passages, cancellation);
            else
                documentCount = await AddChangedAsync(run, corpus, builder, passages, cancellation);
            if (builder.Kept > 0)
                await run.LogAsync($"{builder.Kept:N0} {(passages is null ? "documents" : "passages")} are as in the index before; {builder.Count:N0} were analyzed.");
            statistics = await Task.Run(() => builder.Complete(cancellation), cancellation);
        }
        var path = $"indexes/{corpus.Name}-bm25-{run.RunId}.bm25";
        await artifacts.CommitFileAsync(file, path, "index", run, cancellation);
        await run.LogAsync($"{statistics.Terms:N0} terms, {statistics.Tokens:N0} tokens.");
        return new(path, documentCount, new(Analyzer: analyzer, Passages: passages?.ToString(), Vectors: passages is null ? null : statistics.Documents));
    }

    async Task<long> AddAllAsync(RunContext run, Corpus corpus, Bm25Builder builder, PassageRule? passages, CancellationToken cancellation)
    {
        var count = 0L;
        await foreach (var document in documents.StreamAsync(corpus.Id, cancellation: cancellation))
        {
            Add(builder, document, passages);
            if (++count % ReportEvery == 0)
                await run.ReportProgressAsync(count / (double)corpus.DocumentCount, $"{count:N0} documents");
        }
        return count;
    }

    async Task<long> AddChangedAsync(RunContext run, Corpus corpus, Bm25Builder builder, PassageRule? passages, CancellationToken cancellation)
    {
        var count = 0L;
        var changed = new List<string>();
        await using var db = await run.ReadAsync(cancellation);
        await foreach (var document in documents.StreamAsync(corpus.Id, withText: false, cancellation))
        {
            if (!Keep(builder, document, passages is not null))
                changed.Add(document.ExternalId);
            if (changed.Count == ReadAtATime)
                await AddTextsAsync();
            if (++count % ReportEvery == 0)
                await run.ReportProgressAsync(count / (double)corpus.DocumentCount, $"{count:N0} documents");
        }
        await AddTextsAsync();
        return count;

        async Task AddTextsAsync()
        {
            await foreach (var document in db.Documents.AsNoTracking().Where(row => row.CorpusId == corpus.Id && changed.Contains(row.ExternalId)).AsAsyncEnumerable().WithCancellation(cancellation))
                Add(builder, document, passages);
            changed.Clear();
        }
    }

    /// <summary>Takes a document over; one that is cut with all its passages, which have its stamp all of them.</summary>
    static bool Keep(Bm25Builder builder, Document document, bool cut)
    {
        if (!cut)
            return builder.Keep(document.ExternalId, Stamp(document));
        var kept = 0;
        while (builder.Keep(PassageIds.Of(document.ExternalId, kept), Stamp(document)))
            kept++;
        return kept > 0;
    }

    static void Add(Bm25Builder builder, Document document, PassageRule? passages)
    {
        if (passages is null)
        {
            // Not a new string: that of a long document would stay in memory until all of it is collected.
            var (title, text) = (document.Title, document.Text);
            var both = ArrayPool<char>.Shared.Rent(title.Length + 1 + text.Length);
            title.CopyTo(both);
            both[title.Length] = ' ';
            text.CopyTo(both.AsSpan(title.Length + 1));
            builder.Add(document.ExternalId, both.AsSpan(0, title.Length + 1 + text.Length), Stamp(document));
            ArrayPool<char>.Shared.Return(both);
        }
        else
            foreach (var (part, passage) in passages.Of(document).Index())
                builder.Add(PassageIds.Of(document.ExternalId, part), passage.Text(document.Title, document.Text), Stamp(document));
    }

    static ulong Stamp(Document document) => BinaryPrimitives.ReadUInt64LittleEndian(document.ContentHash);
}
