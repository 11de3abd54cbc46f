using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Runs;
using ReasonIR.Search.Pipelines;
using ReasonIR.Search.Searching;
using Ranked = ReasonIR.Retrieval.Runs.Run;

namespace ReasonIR.Search.Evaluation;

/// <summary>Measures systems on a query set; a run that was killed, failed or canceled goes on with the systems that it has no result of.</summary>
public sealed class EvaluateHandler(
    IndexCatalog catalog, QuerySetStore querySets, SearchEngine engine, PipelineCatalog pipelines, ProvenanceReader provenance, ResultWriter results, EvaluationTurns turns) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.Evaluate;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<EvaluateSpec>();
        var corpus = await catalog.CorpusAsync(spec.Corpus, cancellation);
        var set = await JudgedSets.ChooseAsync(run, corpus, spec.QuerySet, cancellation);
        await run.LinkAsync(LinkDirection.Input, "corpus", corpus.Id, cancellation: cancellation);
        await run.LinkAsync(LinkDirection.Input, "queryset", set.Id, cancellation: cancellation);
        var queries = (await querySets.ReadAsync(set.Id, cancellation)).Where(query => query.Judgments.Count > 0).ToList();
        await using (var db = await run.ReadAsync(cancellation))
            if (!await db.QuerySets.AnyAsync(row => row.Id == set.Id && row.Version == set.Version, cancellation))
                throw new TransientRunException($"The query set '{set.Name}' changed while it was read.");
        var judgments = new Judgments();
        foreach (var query in queries)
            foreach (var judgment in query.Judgments)
                judgments.Add(query.ExternalId, judgment.DocumentExternalId, judgment.Grade);

        var batches = spec.Batch ? new BatchedStages(run) : null;
        var stored = new Dictionary<string, long>();
        do
        {
            // Batches take a day at worst.
            if ((await catalog.CorpusAsync(spec.Corpus, cancellation)).ContentHash != corpus.ContentHash)
                throw new TransientRunException($"The corpus '{corpus.Name}' changed while the run waited for batches.");
            await turns.WorkAsync(() => PassAsync(run, spec, corpus, set, queries, judgments, batches, stored, cancellation), cancellation);
        }
        while (batches is not null && await batches.NextAsync(cancellation));
        await run.SetOutputAsync(new EvaluateOutput(stored), cancellation);
    }

    /// <summary>Measures the systems without a result, but for those that wait for a batch.</summary>
    async Task PassAsync(
        RunContext run, EvaluateSpec spec, Corpus corpus, QuerySet set, IReadOnlyList<Query> queries, Judgments judgments, BatchedStages? batches, Dictionary<string, long> stored,
        CancellationToken cancellation)
    {
        var (baseline, waits) = ((IReadOnlyDictionary<string, double>?)null, false);
        // The baseline first, so that the others can be tested against it.
        foreach (var (number, system) in spec.Systems.OrderBy(system => system.Name == spec.Baseline ? 0 : 1).Index())
        {
            await run.ReportProgressAsync(number / (double)spec.Systems.Count, system.Name);
            if (await MeasuredBefore.FindAsync(run, system.Name, corpus, set, cancellation) is { } before)
            {
                if (system.Name == spec.Baseline)
                    baseline = before.PerQuery;
                await NoteAsync(run, stored, system.Name, before.Id, before.Measures, cancellation);
                continue;
            }
            var pinned = (await pipelines.PinAsync(system, cancellation)).Instructed(instruction => instruction.For(corpus.Name));
            Evaluated evaluated;
            try
            {
                evaluated = await EvaluateAsync(run, corpus, pinned, queries, judgments, spec, batches, cancellation);
            }
            catch (StagePendingException)
            {
                waits |= system.Name == spec.Baseline;
                continue;
            }
            if (waits)
                continue; // What it is to be tested against is not there yet.
            var comparison = baseline is null ? null : PairedComparison.Of(evaluated, spec.Baseline, baseline);
            if (system.Name == spec.Baseline)
                baseline = evaluated.Evaluation.PerQuery(PairedComparison.Measure);
            var origin = await provenance.ReadAsync(corpus, set, pinned, queries, spec, evaluated, cancellation);
            var id = await results.StoreAsync(run, corpus, set, evaluated, origin, comparison, cancellation);
            await run.LogAsync($"{system.Name}: nDCG@10 {evaluated.Evaluation.MeanOverEvaluated["ndcg_cut_10"]:0.0000}, recall@100 {evaluated.Evaluation.MeanOverEvaluated["recall_100"]:0.0000}"
                + $" over {evaluated.Evaluation.Queries.Count:N0} queries ({string.Join(", ", evaluated.Stages.Select(stage => $"{stage.Name} {stage.Milliseconds:N0} ms"))}).");
            foreach (var stage in evaluated.Stages.Where(stage => stage.Notes is { Count: > 0 }))
                await run.LogAsync($"{system.Name}, {stage.Name}: {string.Join(", ", stage.Notes!.Select(note => $"{note.Key} {note.Value:0.####}"))}.");
            await NoteAsync(run, stored, system.Name, id, evaluated.Evaluation.MeanOverEvaluated, cancellation);
        }
    }

    async Task<Evaluated> EvaluateAsync(
        RunContext run, Corpus corpus, SystemSpec system, IReadOnlyList<Query> queries, Judgments judgments, EvaluateSpec spec, BatchedStages? batches, CancellationToken cancellation)
    {
        var texts = queries.Select(query => new RankedText(query.Text,
            query.Exclusions.Count == 0 || !spec.Exclusions ? null : query.Exclusions.Select(exclusion => exclusion.DocumentExternalId).ToHashSet(StringComparer.Ordinal), query.ExternalId)).ToList();
        var clock = Stopwatch.StartNew();
        var context = new PipelineContext(RunId: run.RunId, Batches: batches, System: system.Name);
        var ranked = await engine.RankAsync(corpus, system, texts, spec.Depth, cancellation, context);
        var seconds = clock.Elapsed.TotalSeconds;
        var rankings = new Ranked(system.Name);
        for (var i = 0; i < queries.Count; i++)
            rankings.Add(queries[i].ExternalId, ranked.Rankings[i]);
        return new(system, rankings, Evaluator.Evaluate(judgments, rankings, MeasureSet.Stored), ranked.Stages, seconds, ranked.RewritesHash, context.Prompts);
    }

    /// <summary>Writes down that the run has a result; again, where an attempt before did: it may have died in between.</summary>
    static async Task NoteAsync(RunContext run, Dictionary<string, long> stored, string system, long id, IReadOnlyDictionary<string, double> measures, CancellationToken cancellation)
    {
        stored[system] = id;
        await run.MetricAsync($"{PairedComparison.Measure}/{system}", 0, measures[PairedComparison.Measure]);
        await run.LinkAsync(LinkDirection.Output, "result", id, cancellation: cancellation);
    }
}

/// <summary>A system's rankings and their measures.</summary>
/// <param name="System">The system.</param>
/// <param name="Rankings">A ranking a query.</param>
/// <param name="Evaluation">The measures.</param>
/// <param name="Stages">The time that each stage took.</param>
/// <param name="Seconds">The time that all of them took, from outside.</param>
/// <param name="RewritesHash">Of the texts that a pipeline's rewriting looked up.</param>
/// <param name="Prompts">What the instructions of its encoders became, by stage.</param>
public sealed record Evaluated(
    SystemSpec System, Ranked Rankings, Retrieval.Measures.Evaluation Evaluation, IReadOnlyList<SearchStage> Stages, double Seconds, string? RewritesHash = null,
    IReadOnlyDictionary<string, string>? Prompts = null);
