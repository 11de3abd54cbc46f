using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Generation;
using ReasonIR.Synthesis.Negatives;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Runs;

/// <summary>
/// Fills a dataset version from a corpus and seals it. Items are committed in their order together with the progress, so that a
/// killed run goes on behind the last committed one.
/// </summary>
public sealed class SynthesizeHandler(IEnumerable<IExampleGenerator> generators, DatasetStore store, SeedSelection selection) : IRunHandler
{
    /// <summary>When so many items have given no example, the model or the corpus is unfit: going on would only cost.</summary>
    const int Hopeless = 25;

    public string Kind => RunKinds.Synthesize;

    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<SynthesizeSpec>();
        RunSpecs.ThrowIfInvalid(Kind, spec);
        if (spec.NamesSteps)
            throw new InvalidOperationException("The steps of a recipe are read and checked, and not run yet: leave out queries and variedLength.");
        var generator = generators.Single(one => one.Name == spec.Generator);
        if (generator.Missing is { } missing)
            throw new InvalidOperationException(missing);
        spec = generator.Complete(spec);
        var corpus = await CorpusAsync(run, spec.Corpus, cancellation);
        var draft = await DatasetDraft.OpenAsync(store, run, spec, corpus, generator, cancellation);
        await run.LinkAsync(LinkDirection.Input, "corpus", corpus.Id, cancellation: cancellation);
        var tally = new GenerationTally();
        var (seeds, report) = await selection.SelectAsync(run, corpus, spec, generator.Filter(spec), cancellation);
        var progress = run.Checkpoint<SynthesisProgress>() ?? SynthesisProgress.Start;
        if (draft.Version.SealedAt is null)
            progress = await FillAsync(run, spec, generator, corpus, seeds, draft, progress, tally, cancellation);
        if (progress.Examples == 0)
        {
            await draft.DropAsync(cancellation);
            throw new InvalidOperationException(NothingMade(corpus, seeds, report, generator.Filter(spec), progress, tally));
        }
        var version = await draft.SealAsync(cancellation);
        await run.LinkAsync(LinkDirection.Output, "dataset", version.Id, spec.Dataset, cancellation);
        await run.SetOutputAsync(new SynthesizeOutput(
            spec.Dataset, version.Version, version.ExampleCount, tally.Spending?.Cost ?? 0, tally.StoppedBecause, progress.Negatives, seeds.Count,
            progress.Skipped, tally.Spending, report), cancellation);
        await run.LogAsync($"{spec.Dataset} version {version.Version}: {version.ExampleCount} examples, {progress.Negatives} hard negatives, from {seeds.Count} documents.");
    }

    static async Task<SynthesisProgress> FillAsync(
        RunContext run, SynthesizeSpec spec, IExampleGenerator generator, Corpus corpus, SeedSet seeds, DatasetDraft draft, SynthesisProgress progress,
        GenerationTally tally, CancellationToken cancellation)
    {
        var items = generator.Items(spec, seeds.Count);
        if (progress.Items > 0)
            await run.LogAsync($"Resumed: {progress.Items} of {items} items were done before.");
        using var miner = await CorpusMiner.CreateAsync(run, corpus, spec.HardNegatives, spec.Seed, cancellation);
        var job = new GenerationJob(run, spec, seeds, Enumerable.Range(progress.Items, items - progress.Items).ToArray(), tally);
        await foreach (var made in generator.GenerateAsync(job, cancellation))
        {
            if (made.Count == 0)
                continue;
            var batch = miner is null ? made : await miner.AddAsync(made, cancellation);
            progress = progress.After(batch, batch[^1].Item + 1);
            await draft.AddAsync(batch, progress, cancellation);
            await run.MetricAsync("examples", progress.Items, progress.Examples);
            if (tally.Spending is { } spending)
                await run.MetricAsync("cost", progress.Items, (double)spending.Cost);
            await run.ReportProgressAsync((double)progress.Items / items, $"{progress.Items} of {items}, {progress.Examples} examples");
            if (progress.Examples == 0 && progress.Items >= Hopeless)
                break;
        }
        if (tally.StoppedBecause is { } reason)
            await run.LogAsync(RunLogLevel.Warning, $"Stopped early. {reason} A run with a higher cap goes on without paying again.");
        return progress;
    }

    static async Task<Corpus> CorpusAsync(RunContext run, string name, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var corpus = await db.Corpora.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellation)
            ?? throw new InvalidOperationException($"There is no corpus {name}.");
        return corpus.State == CorpusState.Ready ? corpus : throw new InvalidOperationException($"The corpus {name} is not ready: {corpus.State}.");
    }

    static string NothingMade(Corpus corpus, SeedSet seeds, SeedReport? report, SeedFilter filter, SynthesisProgress progress, GenerationTally tally) =>
        seeds.Count == 0 && report is not null ? $"No examples: none of the {report.Documents} documents of {corpus.Name} passes the seed filters ({string.Join(", ", report.Steps.Where(step => step.Dropped > 0).Select(step => $"{step.Name}: {step.Dropped}"))})."
        : seeds.Count == 0 ? $"No examples: none of the {corpus.DocumentCount} documents of {corpus.Name} has {filter.MinimumWords} words."
        : tally.StoppedBecause is { } reason ? $"No examples: {reason}"
        : $"No examples: {Math.Min(progress.Items, seeds.Count)} of {seeds.Count} documents were tried ({string.Join(", ", progress.Skipped.Select(pair => $"{pair.Key}: {pair.Value}"))}).";
}
