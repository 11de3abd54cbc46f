using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Runs;
using ReasonIR.Synthesis.Seeds;
using ReasonIR.Synthesis.Steps;

namespace ReasonIR.Synthesis.Engine;

/// <summary>A dry run: makes a few items of a recipe, one after another, and says what the whole will take. The run finds its answers in the cache.</summary>
public sealed class SynthesisForecastHandler(LlmGenerator generator, RunAccounts accounts, SeedSelection seeds, SearchClient search) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.SynthesisForecast;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var request = run.Spec<SynthesisForecastSpec>();
        RunSpecs.ThrowIfInvalid(Kind, request);
        if (generator.Missing is { } missing)
            throw new InvalidOperationException(missing);
        var spec = generator.Complete(request.Recipe);
        var corpus = await SynthesizeHandler.CorpusAsync(run, spec.Corpus, cancellation);
        var (chosen, report) = await seeds.SelectAsync(run, corpus, spec, generator.Filter(spec), cancellation, judge: false);
        // A cap holds for the dry run as a whole; what single items took is counted apart.
        var askers = await accounts.OpenAsync(spec, run.RunId, cancellation);
        using var open = await OpenDesk.OpenAsync(run, run.WorkFolder, spec, corpus, askers, await OpenDesk.PrepareAsync(run, spec, corpus, askers, cancellation), search, cancellation);
        var trial = new Trial(run, accounts, spec, open.Desk);
        var documents = await chosen.LoadAsync([.. Enumerable.Range(0, Math.Min(request.Items, chosen.Count))], cancellation);
        foreach (var document in spec.Seeds is { IsJudged: true } ? documents : [])
            await trial.JudgeAsync(document, cancellation);
        var judged = new JudgedSeeds(trial.Take(), trial.Passed, report?.Steps.Last(step => step.Name != SeedSelection.Sample).Left ?? 0);
        foreach (var (place, document) in documents.Index())
            await trial.MakeAsync(place, document, 0, cancellation);
        var hard = trial.Take();
        for (var number = 0; number < Math.Min(request.Items, spec.VariedLength?.Examples ?? 0); number++)
            await trial.MakeAsync(chosen.Count + number, null, number, cancellation);
        var varied = trial.Take();
        await run.SetOutputAsync(await SayAsync(run, spec, trial, judged, hard, chosen.Count, varied, cancellation), cancellation);
    }

    async Task<SynthesisForecast> SayAsync(
        RunContext run, SynthesizeSpec spec, Trial trial, JudgedSeeds judged, IReadOnlyList<ItemCost> hard, int documents, IReadOnlyList<ItemCost> varied, CancellationToken cancellation)
    {
        var inFlight = Math.Min(spec.Llm!.Concurrency, accounts.EndpointConcurrency(spec));
        var parts = new List<Forecast>();
        if (hard.Count > 0)
            parts.Add(Of(hard, documents, inFlight));
        if (varied.Count > 0)
            parts.Add(Of(varied, spec.VariedLength!.Examples, inFlight));
        if (parts.Count == 0)
            throw new InvalidOperationException($"There is nothing to try: no document of {spec.Corpus} passes the filters.");
        if (judged.Costs.Count > 0)
            parts.Add(Of(judged.Costs, judged.Documents, inFlight));
        ForecastRange Sum(Func<Forecast, Expected> of) => parts.Select(part => of(part) is var expected ? new ForecastRange(expected.Value, expected.Low, expected.High) : null!).Aggregate((a, b) => a.And(b));
        var items = documents + (spec.VariedLength?.Examples ?? 0);
        var costs = await accounts.CostsAsync(run.RunId, cancellation);
        var forecast = new SynthesisForecast(
            hard.Count + varied.Count, items, inFlight, Sum(part => part.Calls), Sum(part => part.InputTokens), Sum(part => part.OutputTokens), Sum(part => part.Cost), Sum(part => part.Seconds),
            trial.Report.Examples, trial.Report.Build(hard.Count + varied.Count, costs), [.. judged.Notes(), .. Notes(hard, varied, costs.Sum(cost => cost.Cost))]);
        await run.LogAsync($"{forecast.Measured} of {items} items tried: about {forecast.Calls.Value:N0} calls for the whole.");
        return forecast;
    }

    static Forecast Of(IReadOnlyList<ItemCost> measured, int items, int inFlight) =>
        // A single item says nothing of the spread; told twice, it has none.
        Forecast.From(measured.Count > 1 ? measured : [measured[0], measured[0]], items, inFlight);

    static IEnumerable<string> Notes(IReadOnlyList<ItemCost> hard, IReadOnlyList<ItemCost> varied, decimal cost)
    {
        if (hard.Count == 1 || varied.Count == 1)
            yield return "Of one item alone no range can be told.";
        if (cost == 0)
            yield return "No cost: there are no prices, or every answer was in the cache.";
        if (hard.Concat(varied).All(item => item.Seconds < 0.1))
            yield return "The time is that of answers from the cache.";
    }

    /// <summary>Documents that were judged as seeds.</summary>
    /// <param name="Passed">Those that reach the least score.</param>
    /// <param name="Documents">How many the whole run will have judged.</param>
    sealed record JudgedSeeds(IReadOnlyList<ItemCost> Costs, int Passed, int Documents)
    {
        public IEnumerable<string> Notes() => Costs.Count == 0 ? [] :
            [$"All {Documents} documents that the other filters leave are judged as seeds. Of {Costs.Count} tried {Passed} pass; what comes after is counted as if all did."];
    }

    /// <summary>The items that are tried.</summary>
    sealed class Trial(RunContext run, RunAccounts accounts, SynthesizeSpec spec, RecipeDesk desk)
    {
        readonly List<ItemCost> measured = [];

        public ReportBuilder Report { get; } = new(spec);

        public int Passed { get; private set; }

        public async Task JudgeAsync(Document document, CancellationToken cancellation)
        {
            var budget = new RunBudget(spec.Llm?.MaxCost, Spent.Nothing);
            var clock = Stopwatch.StartNew();
            if (await SeedJudge.GradeAsync(accounts.Open(spec, run.RunId, budget).Seeds, document.Text, cancellation) >= spec.Seeds!.Quality!.Minimum)
                Passed++;
            measured.Add(ItemCost.Of(budget, clock.Elapsed));
        }

        public IReadOnlyList<ItemCost> Take()
        {
            var taken = measured.ToList();
            measured.Clear();
            return taken;
        }

        public async Task MakeAsync(int item, Document? document, int varied, CancellationToken cancellation)
        {
            var budget = new RunBudget(spec.Llm?.MaxCost, Spent.Nothing);
            var own = accounts.Open(spec, run.RunId, budget);
            var clock = Stopwatch.StartNew();
            try
            {
                var maker = new ItemMaker(desk with { Writer = own.Writer, Judge = own.Judge, SecondJudge = own.SecondJudge });
                Report.Add((await ModelTrouble.TranslateAsync(() => maker.MakeAsync(item, document, varied, cancellation))).Facts);
            }
            catch (ChatException error) when (ModelTrouble.IsRefusal(error))
            {
                Report.Add(ItemMaker.Refused(error.Status, error.Message));
            }
            measured.Add(ItemCost.Of(budget, clock.Elapsed));
            await run.ReportProgressAsync(null, $"{Report.Done} items tried");
        }
    }
}
