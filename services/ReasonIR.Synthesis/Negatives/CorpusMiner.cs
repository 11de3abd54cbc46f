using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Synthesis.Generation;
using MiningSettings = ReasonIR.Contracts.Runs.MinedNegatives;

namespace ReasonIR.Synthesis.Negatives;

/// <summary>
/// Adds hard negatives to examples: documents of the corpus that BM25 ranks within a window for the example's query. A document whose
/// score is near the positive's, or whose text is the positive's, is left out: it may well be an answer.
/// </summary>
sealed class CorpusMiner : IDisposable
{
    readonly RunContext run;
    readonly long corpus;
    readonly Bm25Index index;
    readonly HardNegativeMiner miner;

    CorpusMiner(RunContext run, long corpus, Bm25Index index, HardNegativeMiner miner) => (this.run, this.corpus, this.index, this.miner) = (run, corpus, index, miner);

    /// <summary>Indexes the corpus; null where no negatives are asked for.</summary>
    public static async Task<CorpusMiner?> CreateAsync(RunContext run, Corpus corpus, MiningSettings? settings, int seed, CancellationToken cancellation)
    {
        if (settings is null or { PerExample: 0 })
            return null;
        await run.ReportProgressAsync(null, "indexing the corpus for hard negatives");
        var prints = new Dictionary<string, string>();
        var file = Path.Combine(run.WorkFolder, "negatives.bm25");
        await Bm25Index.BuildAsync(TextsAsync(run, corpus.Id, prints, cancellation), LuceneEnglishAnalyzer.Instance, file, cancellation);
        var index = Bm25Index.Open(file);
        // Mapped already: the file needs no name anymore, whatever becomes of the run.
        File.Delete(file);
        var options = new HardNegativeOptions(settings.FromRank, settings.ToRank, settings.PerExample, settings.MaxScoreRatio, Seed: seed);
        return new CorpusMiner(run, corpus.Id, index, new HardNegativeMiner(index, id => prints[id], options));
    }

    /// <summary>The items with mined negatives after those that their examples have.</summary>
    public async Task<IReadOnlyList<GeneratedItem>> AddAsync(IReadOnlyList<GeneratedItem> items, CancellationToken cancellation)
    {
        var mined = new Dictionary<GeneratedExample, string[]>(ReferenceEqualityComparer.Instance);
        foreach (var example in items.SelectMany(item => item.Examples))
        {
            cancellation.ThrowIfCancellationRequested();
            mined[example] = [.. miner.Mine(example.Query, example.SourceDocument!).Negatives.Select(negative => negative.Id)];
        }
        var wanted = mined.Values.SelectMany(ids => ids).Distinct().ToArray();
        await using var db = await run.ReadAsync(cancellation);
        var texts = await db.Documents.AsNoTracking().Where(document => document.CorpusId == corpus && wanted.Contains(document.ExternalId))
            .ToDictionaryAsync(document => document.ExternalId, Passages.Of, cancellation);
        return [.. items.Select(item => item with
        {
            Examples = [.. item.Examples.Select(example => example with { Negatives = [.. example.Negatives, .. mined[example].Select(id => texts[id])] })],
        })];
    }

    public void Dispose() => index.Dispose();

    static async IAsyncEnumerable<(string Id, string Text)> TextsAsync(
        RunContext run, long corpus, Dictionary<string, string> prints, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var documents = db.Documents.AsNoTracking().Where(document => document.CorpusId == corpus).OrderBy(document => document.Id).AsAsyncEnumerable();
        await foreach (var document in documents.WithCancellation(cancellation))
        {
            var text = Passages.Of(document).Text;
            prints[document.ExternalId] = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
            yield return (document.ExternalId, text);
        }
    }
}
