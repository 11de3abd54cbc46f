using System.Globalization;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Language.Structured;
using ReasonIR.Synthesis.Llm;

namespace ReasonIR.Synthesis.Engine;

/// <summary>What runs ask, and what they have paid.</summary>
public sealed class RunAccounts(ChatModels models, Purses purses, IDbContextFactory<ExperimentsDb> contexts)
{
    /// <summary>Askers of a recipe on a run's account.</summary>
    /// <param name="run">The run that pays, also for its workers.</param>
    /// <exception cref="ArgumentException">The recipe names an endpoint that there is not.</exception>
    /// <exception cref="InvalidOperationException">A cap has no prices to go by, or no endpoint is configured.</exception>
    public async Task<Askers> OpenAsync(SynthesizeSpec spec, long run, CancellationToken cancellation) =>
        Open(spec, run, await purses.OpenAsync(run, spec.Llm?.MaxCost, cancellation, spec.Llm?.Batch ?? false, Endpoints(spec)));

    /// <summary>Those that a recipe asks; null is the default one.</summary>
    static IReadOnlyList<string?> Endpoints(SynthesizeSpec spec)
    {
        var endpoints = new List<string?>();
        if (spec.Generator == "llm")
            endpoints.Add(spec.Llm?.Endpoint);
        if (spec.Judge is not null || spec.Positives is not null)
            endpoints.Add(spec.Judge?.Endpoint ?? spec.Llm?.Endpoint);
        if (spec.Judge?.Second is { } second)
            endpoints.Add(second.Endpoint ?? spec.Judge.Endpoint ?? spec.Llm?.Endpoint);
        if (spec.Seeds is { IsJudged: true })
            endpoints.Add(spec.Seeds.Quality!.Endpoint ?? spec.Llm?.Endpoint);
        return endpoints;
    }

    /// <summary>The same from a budget of its own.</summary>
    public Askers Open(SynthesizeSpec spec, long run, RunBudget budget)
    {
        var judge = spec.Judge?.Endpoint ?? spec.Llm?.Endpoint;
        return new(Asker(spec.Llm?.Endpoint), Asker(judge), Asker(spec.Judge?.Second?.Endpoint ?? judge), Asker(spec.Seeds?.Quality?.Endpoint ?? spec.Llm?.Endpoint), budget);

        Asker Asker(string? endpoint)
        {
            var model = models.Find(endpoint);
            return new(new StructuredChat(model), model.Settings, budget, Name(run), spec.Llm?.Temperature ?? 0);
        }
    }

    /// <summary>Whether a run may pay no more than a cap.</summary>
    public bool HasCap(SynthesizeSpec spec) => (spec.Llm?.MaxCost ?? models.Default.Settings.CostCap) is not null;

    /// <summary>The bound of calls in flight that the writer's endpoint has itself.</summary>
    public int EndpointConcurrency(SynthesizeSpec spec) => models.Find(spec.Llm?.Endpoint).Settings.Concurrency;

    /// <summary>Calls and costs of a run by purpose.</summary>
    public async Task<IReadOnlyList<PurposeCost>> CostsAsync(long run, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = await db.LlmCalls.Where(call => call.RunId == run).GroupBy(call => call.Purpose).Select(calls => new
        {
            Purpose = calls.Key,
            Calls = calls.Count(),
            Input = calls.Sum(call => (long)call.PromptTokens),
            Output = calls.Sum(call => (long)call.CompletionTokens),
            Cost = calls.Sum(call => call.Cost),
            Milliseconds = calls.Average(call => (double)call.Milliseconds),
        }).OrderBy(row => row.Purpose).ToListAsync(cancellation);
        return [.. rows.Select(row => new PurposeCost(row.Purpose, row.Calls, row.Input, row.Output, row.Cost, Math.Round(row.Milliseconds / 1000, 3)))];
    }

    static string Name(long run) => run.ToString(CultureInfo.InvariantCulture);
}

/// <param name="Seeds">Judges documents before anything is made of them.</param>
/// <param name="Budget">What all of them spend from.</param>
public sealed record Askers(Asker Writer, Asker Judge, Asker SecondJudge, Asker Seeds, RunBudget Budget);
