using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments;

namespace ReasonIR.Portal.Loop;

/// <summary>Sums a loop up: what each system scored, and whether training helped.</summary>
public sealed class LoopReport(IDbContextFactory<ExperimentsDb> databases)
{
    const double Significant = 0.05;

    /// <summary>Whether there are judgments to measure against.</summary>
    /// <exception cref="ArgumentException">It is not clear which; an evaluation would refuse to choose.</exception>
    public async Task<bool> IsJudgedAsync(LoopSpec spec, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var judged = await db.QuerySets.Where(set => set.Corpus!.Name == spec.Corpus && set.Queries.Any(query => query.Judgments.Any()))
            .OrderBy(set => set.Name).Select(set => set.Name).ToListAsync(ct);
        if (spec.QuerySet is { } wanted ? !judged.Contains(wanted) : judged.Count > 1 && !judged.Contains("test"))
            throw new ArgumentException($"querySet: expected one of {(judged.Count == 0 ? "none" : string.Join(", ", judged))}, the judged query sets of corpus '{spec.Corpus}'; found {(spec.QuerySet is null ? "no name" : $"'{spec.QuerySet}'")}.");
        return judged.Count > 0;
    }

    /// <summary>The loop's output.</summary>
    public async Task<LoopOutput> WriteAsync(LoopSpec spec, IReadOnlyList<LoopStage> stages, TrainOutput trained, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var evaluation = stages.FirstOrDefault(stage => stage.Name == "evaluate")?.RunId;
        var results = await db.Results.AsNoTracking().Where(result => result.RunId == evaluation).OrderBy(result => result.Id).ToListAsync(ct);
        var systems = results.Select(result => new LoopSystem(result.System, result.Measures, result.QueryCount)).ToList();
        var comparisons = results.Where(result => result.Comparison is not null)
            .ToDictionary(result => result.System, result => JsonSerializer.Deserialize<ComparisonInfo>(result.Comparison!, ReasonIrJson.Web)!);
        return new(spec.Corpus, spec.Seed, spec.Base, stages, systems, Verdict(systems, comparisons, trained.HeldOut));
    }

    static string Verdict(IReadOnlyList<LoopSystem> systems, IReadOnlyDictionary<string, ComparisonInfo> comparisons, HeldOutCheck? heldOut)
    {
        var sentences = new List<string>();
        double? Score(string system) => systems.FirstOrDefault(s => s.Name == system)?.Measures.GetValueOrDefault("ndcg_cut_10");
        if (Score("dense-before") is { } before && Score("dense") is { } after)
            sentences.Add(after > before
                ? $"Training raised nDCG@10 from {Show(before)} to {Show(after)}."
                : $"Training did not help: nDCG@10 went from {Show(before)} to {Show(after)}.");
        foreach (var system in new[] { "dense", "hybrid" })
            if (comparisons.GetValueOrDefault(system) is { } test)
                sentences.Add($"{(system == "dense" ? "The encoder alone" : "The hybrid")} against BM25: {Signed(test.Difference)}"
                    + $" ({(test.PValue is { } p ? PValueText.Of(p) : "no test")}), {Word(test)}.");
        if (heldOut is not null)
            sentences.Add(heldOut.BetterThanBm25
                ? $"Without labels: held-out sentences find their documents better by the encoder (mean reciprocal rank {Show(heldOut.EncoderReciprocalRank)}) than by BM25 ({Show(heldOut.Bm25ReciprocalRank)})."
                : $"Without labels: held-out sentences find their documents no better by the encoder (mean reciprocal rank {Show(heldOut.EncoderReciprocalRank)}) than by BM25 ({Show(heldOut.Bm25ReciprocalRank)}); alone it is not offered as an improvement.");
        return sentences.Count == 0 ? "Nothing was measured." : string.Join(" ", sentences);
    }

    static string Word(ComparisonInfo test) => test.PValue is { } p && p < Significant
        ? test.Difference > 0 ? "better" : "worse"
        : "no difference that the queries could show";

    static string Show(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    static string Signed(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);
}
