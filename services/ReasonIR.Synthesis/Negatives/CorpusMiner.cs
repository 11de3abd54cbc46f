using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Synthesis.Generation;
using MiningSettings = ReasonIR.Contracts.Runs.MinedNegatives;

namespace ReasonIR.Synthesis.Negatives;

/// <summary>
/// Adds hard negatives to examples: documents of the corpus that BM25 or an encoder ranks within a window for the example's query. A
/// document whose score is near the positive's in any ranking that is made, or whose text is the positive's, is left out: it may well be an
/// answer. Each example keeps where its passages stand in the rankings.
/// </summary>
sealed class CorpusMiner : IDisposable
{
    /// <summary>Queries ranked at a time.</summary>
    static readonly int AtOnce = 2 * Environment.ProcessorCount;

    readonly RunContext run;
    readonly long corpus;
    readonly Bm25Index index;
    readonly IReadOnlyDictionary<string, string> prints;
    readonly MiningSettings settings;
    readonly DenseRanking? dense;
    readonly int seed;

    CorpusMiner(RunContext run, long corpus, Bm25Index index, IReadOnlyDictionary<string, string> prints, MiningSettings settings, DenseRanking? dense, int seed) =>
        (this.run, this.corpus, this.index, this.prints, this.settings, this.dense, this.seed) = (run, corpus, index, prints, settings, dense, seed);

    /// <summary>Indexes the corpus; null where no negatives are asked for.</summary>
    /// <param name="search">Ranks by an encoder where the settings name one.</param>
    public static async Task<CorpusMiner?> CreateAsync(
        RunContext run, Corpus corpus, MiningSettings? settings, int seed, CancellationToken cancellation, SearchClient? search = null)
    {
        if (settings is null or { PerExample: 0 })
            return null;
        await run.ReportProgressAsync(null, "indexing the corpus for hard negatives");
        var prints = new Dictionary<string, string>();
        var file = run.AttemptFile("negatives.bm25");
        await Bm25Index.BuildAsync(TextsAsync(run, corpus.Id, prints, cancellation), LuceneEnglishAnalyzer.Instance, file, cancellation);
        var index = Bm25Index.Open(file);
        // Mapped already: the file needs no name anymore, whatever becomes of the run.
        File.Delete(file);
        var dense = settings.Model is not { } model ? null
            : new DenseRanking(search ?? throw new ArgumentException("hardNegatives.model: ranks by an encoder are not to be had in this run."), corpus.Name, model);
        return new CorpusMiner(run, corpus.Id, index, prints, settings, dense, seed);
    }

    /// <summary>The items with mined negatives after those that their examples have.</summary>
    public async Task<IReadOnlyList<GeneratedItem>> AddAsync(IReadOnlyList<GeneratedItem> items, CancellationToken cancellation)
    {
        var mined = new ConcurrentDictionary<GeneratedExample, ExampleDifficulty>(ReferenceEqualityComparer.Instance);
        await Parallel.ForEachAsync(items.SelectMany(item => item.Examples), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (example, token) => mined[example] = await MineAsync(example, token));
        var wanted = mined.Values.SelectMany(found => found.Negatives).Select(negative => negative.DocumentId).Distinct().ToArray();
        await using var db = await run.ReadAsync(cancellation);
        var texts = await db.Documents.AsNoTracking().Where(document => document.CorpusId == corpus && wanted.Contains(document.ExternalId))
            .ToDictionaryAsync(document => document.ExternalId, Passages.Of, cancellation);
        return [.. items.Select(item => item with
        {
            Examples = [.. item.Examples.Select(example => example with
            {
                Negatives = [.. example.Negatives, .. mined[example].Negatives.Select(negative => texts[negative.DocumentId])],
                Metadata = With(example.Metadata, mined[example]),
            })],
        })];
    }

    async Task<ExampleDifficulty> MineAsync(GeneratedExample example, CancellationToken cancellation)
    {
        var (query, positive) = (example.Query, example.Positive.DocumentId ?? example.SourceDocument ?? "");
        var options = new HardNegativeOptions(settings.FromRank, settings.ToRank, settings.PerExample, settings.MaxScoreRatio, settings.MinMargin, seed);
        var lexical = new Ranking(index.Search(query, settings.ToRank), index.Explain(query, positive)?.Score ?? 0, options);
        var semantic = dense is null ? null : new Ranking(
            await dense.RankAsync(query, settings.ToRank, cancellation), null, options with { MaxScoreRatio = settings.MaxDenseRatio, MinMargin = settings.MinDenseMargin });
        semantic = semantic is null ? null : semantic with { PositiveScore = semantic.Score(positive) };
        var chosen = new List<string>();
        if (settings.By != "dense")
            Choose(lexical, semantic, settings.By == "both" ? (settings.PerExample + 1) / 2 : settings.PerExample);
        if (settings.By != "bm25")
            Choose(semantic!, lexical, settings.PerExample - chosen.Count);
        return new(Rank(positive), [.. chosen.Select(Rank)], settings.ToRank, dense?.Model);

        void Choose(Ranking from, Ranking? guard, int count)
        {
            if (count > 0)
                chosen.AddRange(HardNegativeMiner.Choose(query, positive, from.Best, from.PositiveScore ?? 0, Print, from.Options with { Count = count }, null,
                    id => id == example.SourceDocument || chosen.Contains(id) || guard?.IsClose(id) == true).Negatives.Select(negative => negative.Id));
        }

        PassageRank Rank(string id) => new(
            id, lexical.Rank(id), lexical.Score(id) ?? Math.Round(index.Explain(query, id)?.Score ?? 0, 4), semantic?.Rank(id), semantic?.Score(id));
    }

    /// <summary>A document that is not in the corpus has a text of its own.</summary>
    string Print(string id) => prints.GetValueOrDefault(id, id);

    static string With(string? metadata, ExampleDifficulty difficulty)
    {
        var all = metadata is null ? [] : JsonNode.Parse(metadata)!.AsObject();
        all["difficulty"] = JsonNode.Parse(ExperimentsJson.Write(difficulty));
        return all.ToJsonString();
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

    /// <summary>The best documents by one system.</summary>
    /// <param name="PositiveScore">The positive's score; null: beyond the depth, where nothing can be told from it.</param>
    sealed record Ranking(IReadOnlyList<ScoredDocument> Best, double? PositiveScore, HardNegativeOptions Options)
    {
        readonly Dictionary<string, int> ranks = Best.Index().ToDictionary(hit => hit.Item.Id, hit => hit.Index + 1, StringComparer.Ordinal);

        public int? Rank(string id) => ranks.TryGetValue(id, out var rank) ? rank : null;

        public double? Score(string id) => Rank(id) is { } rank ? Math.Round(Best[rank - 1].Score, 4) : null;

        /// <summary>Whether it scores too near the positive; whatever is beyond the depth does not, and all do where the positive is beyond.</summary>
        public bool IsClose(string id) => Score(id) is { } score
            && (PositiveScore is not { } positive || score > Math.Min(Options.MaxScoreRatio * positive, positive - Options.MinMargin));
    }
}
