using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Contamination;
using ReasonIR.Retrieval.Seeds;

namespace ReasonIR.Synthesis.Seeds;

/// <summary>
/// Chooses seeds by a recipe's settings: the corpus streams through the funnel by external id, so that of duplicates the same one stays in
/// every import, and what is left may be sampled. Memory: about 1 kB a document that stays, and the evaluations' word sequences.
/// </summary>
public sealed class SeedSelection(QualityScorers scorers)
{
    const int BatchDocuments = 512;

    /// <summary>Steps of the report.</summary>
    internal const string Quality = "quality", Unscored = "without a score", Sample = "sample";

    /// <summary>The seeds, and what fell; without settings all documents that pass the generator's own filter, and no report.</summary>
    /// <param name="judge">False: where a language model is the scorer, nobody is asked, and every document passes it.</param>
    public async Task<(SeedSet Seeds, SeedReport? Report)> SelectAsync(RunContext run, Corpus corpus, SynthesizeSpec spec, SeedFilter filter, CancellationToken cancellation, bool judge = true)
    {
        if (spec.Seeds is not { } settings)
            return (await SeedSet.SelectAsync(run.ReadAsync, corpus.Id, spec.Seed, filter, cancellation), null);
        var clock = Stopwatch.StartNew();
        var byModel = settings.Quality is { Scorer: not "heuristic" };
        var asked = byModel && (judge || !settings.IsJudged);
        var rules = new SeedRules(
            Math.Max(settings.MinimumWords, filter.MinimumWords), settings.MaximumWords ?? int.MaxValue, settings.Languages is { Count: > 0 } languages ? languages.ToHashSet() : null,
            settings.KeepUnknown, settings.DropBoilerplate, settings.DropLinkLists, byModel ? null : settings.Quality?.Minimum, settings.NearDuplicates, settings.NearWords);
        var funnel = new SeedFunnel(rules, await SeedEvaluations.ReadAsync(run.ReadAsync, corpus.Id, settings, cancellation));
        var (tally, strata, kept) = (new SeedTally(), new SeedStrata(settings.Sample), new List<Seed>());
        await foreach (var batch in BatchesAsync(run, corpus.Id, cancellation))
        {
            var falls = funnel.Add([.. batch.Select(document => new SeedCandidate(document.ExternalId, document.Title, document.Text))]);
            var scores = asked ? await scorers.ScoreAsync(run, spec, [.. batch.Where((_, place) => falls[place] is null).Select(document => document.Text)], cancellation) : [];
            var scored = 0;
            foreach (var (place, document) in batch.Index())
                if (falls[place] is { } fall)
                    tally.Fell(Name(fall.Step), document.ExternalId, fall.Why, document.Text);
                else if (asked && (scores[scored++] is not { } score || score < settings.Quality!.Minimum))
                    tally.Fell(scores[scored - 1] is null ? Unscored : Quality, document.ExternalId, scores[scored - 1] is { } low ? FormattableString.Invariant($"{low:0.00}") : "no answer that can be used", document.Text);
                else
                {
                    kept.Add(new Seed(document.Id, document.ExternalId));
                    strata.Add(document);
                }
            tally.Documents += batch.Count;
            await run.ReportProgressAsync(null, $"seeds: {kept.Count:N0} of {tally.Documents:N0} documents stay, {corpus.DocumentCount:N0} in all");
            cancellation.ThrowIfCancellationRequested();
        }
        int[] order = [.. Enumerable.Range(0, kept.Count).OrderBy(place => SeedSet.Draw(spec.Seed, kept[place].ExternalId)).ThenBy(place => kept[place].ExternalId, StringComparer.Ordinal)];
        var (chosen, counts) = strata.Choose(order, filter.Limit);
        foreach (var place in order.Except(chosen))
            tally.Fell(Sample, kept[place].ExternalId, "not drawn", "");
        var report = tally.Report(
            [.. SeedSteps.All.Where(step => !byModel || step != SeedSteps.Form).Select(Name), .. byModel ? [Quality] : Array.Empty<string>(), .. settings.IsJudged ? [Unscored] : Array.Empty<string>(), .. chosen.Count < kept.Count ? [Sample] : Array.Empty<string>()], counts, clock.Elapsed.TotalSeconds);
        await run.LogAsync($"Seeds: {report.Kept:N0} of {report.Documents:N0} documents ({string.Join(", ", report.Steps.Where(step => step.Dropped > 0).Select(step => $"{step.Name}: {step.Dropped:N0}"))}).");
        return (new SeedSet([.. chosen.Select(place => kept[place])], run.ReadAsync), report);
    }

    static string Name(string step) => step == SeedSteps.Form ? Quality : step;

    static async IAsyncEnumerable<List<Document>> BatchesAsync(RunContext run, long corpus, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var batch = new List<Document>(BatchDocuments);
        await foreach (var document in db.Documents.AsNoTracking().Where(row => row.CorpusId == corpus).OrderBy(row => row.ExternalId).AsAsyncEnumerable().WithCancellation(cancellation))
        {
            batch.Add(document);
            if (batch.Count < BatchDocuments)
                continue;
            yield return batch;
            batch = new(BatchDocuments);
        }
        if (batch.Count > 0)
            yield return batch;
    }
}
