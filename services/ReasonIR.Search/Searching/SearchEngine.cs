using System.Diagnostics;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Fusion;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Search.Pipelines;
using FusionSettings = ReasonIR.Contracts.Search.FusionSettings;
using Fusing = ReasonIR.Retrieval.Fusion.FusionSettings;

namespace ReasonIR.Search.Searching;

/// <summary>Answers queries by a system: one retriever, the fusion of two, or a pipeline.</summary>
public sealed class SearchEngine(Ranker ranker, PipelineEngine pipelines, PipelineCatalog catalog)
{
    /// <summary>The system's rankings, one a query, best first, with each fused part and the time of each stage.</summary>
    /// <param name="context">What it runs for; null: nothing to explain and all documents.</param>
    public async Task<SystemRankings> RankAsync(
        Corpus corpus, SystemSpec system, IReadOnlyList<RankedText> queries, int depth, CancellationToken ct, PipelineContext? context = null)
    {
        context ??= new();
        system = system.Instructed(instruction => instruction.For(corpus.Name));
        if (system.Kind == "pipeline")
        {
            // Those with stages are given with the request, or pinned to a version before.
            var pipeline = system.Stages ?? (await catalog.PinAsync(system, ct)).Stages!.Instructed(instruction => instruction.For(corpus.Name));
            return await pipelines.RankAsync(corpus, pipeline, queries, depth, context, ct);
        }
        var stages = new List<SearchStage>();
        switch (system.Kind)
        {
            case "bm25":
                var lexical = await TimeAsync("bm25", () => ranker.Bm25Async(corpus, queries, depth, system.Bm25, ct, context.Filter));
                return new(lexical, new Dictionary<string, IReadOnlyList<ScoredDocument>[]>(), stages);
            case "dense":
                var dense = await TimeAsync("dense", () => DenseAsync(depth));
                return new(dense, new Dictionary<string, IReadOnlyList<ScoredDocument>[]>(), stages);
            case "hybrid":
                var fusion = system.Fusion ?? new FusionSettings();
                var first = await TimeAsync("bm25", () => ranker.Bm25Async(corpus, queries, fusion.Depth, system.Bm25, ct, context.Filter));
                var second = await TimeAsync("dense", () => DenseAsync(fusion.Depth));
                var settings = Settings(fusion);
                var fused = await TimeAsync("fusion", () => Task.FromResult(
                    queries.Select((_, i) => (IReadOnlyList<ScoredDocument>)RankFusion.Fuse([first[i], second[i]], settings, depth)).ToArray()));
                return new(fused, new Dictionary<string, IReadOnlyList<ScoredDocument>[]> { ["bm25"] = first, ["dense"] = second }, stages);
            default:
                throw new ArgumentException($"system.kind: expected bm25, dense, hybrid or pipeline, found '{system.Kind}'.");
        }

        async Task<IReadOnlyList<ScoredDocument>[]> DenseAsync(int deep)
        {
            var found = await ranker.DenseAsync(corpus, queries, deep, system.Model!, system.Instruction?.Text, ct, context.Filter);
            context.Tell("dense", found.Prompt);
            return found.Rankings;
        }

        async Task<IReadOnlyList<ScoredDocument>[]> TimeAsync(string name, Func<Task<IReadOnlyList<ScoredDocument>[]>> stage)
        {
            var clock = Stopwatch.StartNew();
            var rankings = await stage();
            stages.Add(new(name, clock.Elapsed.TotalMilliseconds));
            return rankings;
        }
    }

    /// <summary>The system with every default written out, for provenance.</summary>
    public static SystemSpec Spelled(SystemSpec system) => system with
    {
        Bm25 = system.Kind is "bm25" or "hybrid" ? system.Bm25 ?? new() : null,
        Fusion = system.Kind == "hybrid" ? system.Fusion ?? new() : null,
        Stages = system.Stages is null ? null : PipelineSpecs.Spelled(system.Stages),
    };

    static Fusing Settings(FusionSettings fusion) => fusion.Method switch
    {
        "minmax" => new(FusionMethod.MinMaxWeighted, Weights: [1 - fusion.DenseWeight, fusion.DenseWeight]),
        "rrf" => new(FusionMethod.ReciprocalRank, fusion.K),
        "zscore" => new(FusionMethod.ZScoreSum),
        _ => throw new ArgumentException($"system.fusion.method: expected minmax, rrf or zscore, found '{fusion.Method}'."),
    };
}

/// <summary>What a system answered.</summary>
/// <param name="Rankings">One a query, best first.</param>
/// <param name="Parts">For a hybrid or pipeline: the rankings that were fused, by retriever.</param>
/// <param name="Stages">Time of each stage over all queries.</param>
public sealed record SystemRankings(
    IReadOnlyList<ScoredDocument>[] Rankings,
    IReadOnlyDictionary<string, IReadOnlyList<ScoredDocument>[]> Parts,
    IReadOnlyList<SearchStage> Stages)
{
    /// <summary>Of the texts that a pipeline's rewriting looked up; null without one.</summary>
    public string? RewritesHash { get; init; }
}
