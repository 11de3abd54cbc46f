using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Generation;
using ReasonIR.Synthesis.Negatives;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Runs;

/// <summary>
/// Fills a dataset version from a corpus and seals it. What is cut from documents is committed in the items' order together with the
/// progress; what a language model writes is made by <see cref="SharedItems"/>.
/// </summary>
public sealed class SynthesizeHandler(IEnumerable<IExampleGenerator> generators, DatasetStore store, SeedSelection selection, SharedItems shared, SearchClient search) : IRunHandler
{
    public string Kind => RunKinds.Synthesize;

    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<SynthesizeSpec>();
        RunSpecs.ThrowIfInvalid(Kind, spec);
        var generator = generators.Single(one => one.Name == spec.Generator);
        if (generator.Missing is { } missing)
            throw new InvalidOperationException(missing);
        spec = generator.Complete(spec);
        var corpus = await CorpusAsync(run, spec.Corpus, cancellation);
        // Before anything is begun: an endpoint that there is not, or a cap without prices.
        if (spec.Llm is not null)
            await shared.CheckAsync(run, spec, cancellation);
        var draft = await DatasetDraft.OpenAsync(store, run, spec, corpus, generator, cancellation);
        await run.LinkAsync(LinkDirection.Input, "corpus", corpus.Id, cancellation: cancellation);
        var tally = new GenerationTally();
        var (seeds, report) = await selection.SelectAsync(run, corpus, spec, generator.Filter(spec), cancellation);
        var progress = run.Checkpoint<SynthesisProgress>() ?? SynthesisProgress.Start;
        if (draft.Version.SealedAt is null)
            progress = generator is IOrderedGenerator ordered
                ? await FillAsync(run, spec, ordered, corpus, seeds, draft, progress, tally, cancellation)
                : await shared.FillAsync(run, spec, corpus, seeds, draft, progress, tally, cancellation);
        else if (generator is not IOrderedGenerator)
            await shared.TellAsync(run, spec, tally, cancellation);
        if (spec.Seeds is { IsJudged: true })
            tally.Spending ??= await shared.SpendingAsync(run, tally, cancellation);
        if (progress.Examples == 0)
        {
            await SharedItems.CleanAsync(run, cancellation);
            await draft.DropAsync(cancellation);
            throw new InvalidOperationException(NothingMade(corpus, report, generator.Items(spec, seeds.Count), generator.Filter(spec), progress, tally));
        }
        var version = await draft.SealAsync(cancellation);
        await run.LinkAsync(LinkDirection.Output, "dataset", version.Id, spec.Dataset, cancellation);
        await run.SetOutputAsync(new SynthesizeOutput(
            spec.Dataset, version.Version, version.ExampleCount, tally.Spending?.Cost ?? 0, tally.StoppedBecause, progress.Negatives, seeds.Count,
            progress.Skipped, tally.Spending, report, tally.Report), cancellation);
        await SharedItems.CleanAsync(run, cancellation);
        await run.LogAsync($"{spec.Dataset} version {version.Version}: {version.ExampleCount} examples, {progress.Negatives} hard negatives, from {seeds.Count} documents.");
    }

    async Task<SynthesisProgress> FillAsync(
        RunContext run, SynthesizeSpec spec, IOrderedGenerator generator, Corpus corpus, SeedSet seeds, DatasetDraft draft, SynthesisProgress progress,
        GenerationTally tally, CancellationToken cancellation)
    {
        var items = generator.Items(spec, seeds.Count);
        if (progress.Items > 0)
            await run.LogAsync($"Resumed: {progress.Items} of {items} items were done before.");
        using var miner = await CorpusMiner.CreateAsync(run, corpus, spec.HardNegatives, spec.Seed, cancellation, search);
        var job = new GenerationJob(run, spec, seeds, Enumerable.Range(progress.Items, items - progress.Items).ToArray(), tally);
        await foreach (var made in generator.GenerateAsync(job, cancellation))
        {
            if (made.Count == 0)
                continue;
            var batch = miner is null ? made : await miner.AddAsync(made, cancellation);
            progress = progress.After(batch, batch[^1].Item + 1);
            await draft.AddAsync(batch, progress, cancellation);
            await run.MetricAsync("examples", progress.Items, progress.Examples);
            await run.ReportProgressAsync((double)progress.Items / items, $"{progress.Items} of {items}, {progress.Examples} examples");
        }
        return progress;
    }

    internal static async Task<Corpus> CorpusAsync(RunContext run, string name, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var corpus = await db.Corpora.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellation)
            ?? throw new InvalidOperationException($"There is no corpus {name}.");
        return corpus.State == CorpusState.Ready ? corpus : throw new InvalidOperationException($"The corpus {name} is not ready: {corpus.State}.");
    }

    static string NothingMade(Corpus corpus, SeedReport? report, int items, SeedFilter filter, SynthesisProgress progress, GenerationTally tally) =>
        items == 0 && report is not null ? $"No examples: none of the {report.Documents} documents of {corpus.Name} passes the seed filters ({string.Join(", ", report.Steps.Where(step => step.Dropped > 0).Select(step => $"{step.Name}: {step.Dropped}"))})."
        : items == 0 ? $"No examples: none of the {corpus.DocumentCount} documents of {corpus.Name} has {filter.MinimumWords} words."
        : $"No examples: {(tally.StoppedBecause is { } reason ? reason + " " : "")}{progress.Items} of {items} items were tried ({string.Join(", ", progress.Skipped.Select(pair => $"{pair.Key}: {pair.Value}"))}).";
}
