using System.Globalization;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;

namespace ReasonIR.Synthesis.Llm;

/// <summary>Budgets of runs and of requests that other services make: those of a run share what it has spent, the cap is its own or the configured one.</summary>
public sealed class Purses(ChatModels models, ICallLedger ledger)
{
    /// <param name="run">The run that pays, or null.</param>
    /// <param name="maxCost">Its cap; null: the configured one, if any.</param>
    /// <param name="batch">Its requests wait to be sent in batches.</param>
    /// <param name="endpoints">All that it will ask, by name, null for the default one; none named: the default one alone.</param>
    /// <exception cref="InvalidOperationException">No endpoint is configured, or a cap has no prices to go by.</exception>
    /// <exception cref="ArgumentException">There is no such endpoint.</exception>
    public async Task<RunBudget> OpenAsync(long? run, decimal? maxCost, CancellationToken cancellation, bool batch = false, IReadOnlyList<string?>? endpoints = null)
    {
        var asked = (endpoints ?? [null]).Select(models.Find).Distinct().ToList();
        if (asked.Any(model => !model.Settings.IsConfigured))
            throw new InvalidOperationException($"No chat endpoint is configured: {ChatConfiguration.HowToConfigure}.");
        var cap = maxCost ?? models.Default.Settings.CostCap;
        if (cap is not null)
            foreach (var model in asked)
                if (await model.PriceAsync(cancellation) is null)
                    throw new InvalidOperationException(Unpriced(model.Settings));
        return new RunBudget(cap, run is { } id ? await ledger.SpentAsync(id.ToString(CultureInfo.InvariantCulture), cancellation) : Spent.Nothing) { Batch = batch };
    }

    /// <inheritdoc cref="OpenAsync(long?, decimal?, CancellationToken, bool, IReadOnlyList{string?}?)"/>
    public Task<RunBudget> OpenAsync(long? run, double? maxCost, CancellationToken cancellation) => OpenAsync(run, (decimal?)maxCost, cancellation);

    /// <param name="before">What the run had spent when the budget was opened.</param>
    public ModelUse Use(RunBudget budget, Spent before, string promptHash) => new(
        models.Default.Settings.Model ?? "", promptHash, budget.Spent.Calls - before.Calls, budget.Cached, budget.Spent.InputTokens - before.InputTokens,
        budget.Spent.OutputTokens - before.OutputTokens, budget.Spent.Cost - before.Cost);

    static string Unpriced(ChatSettings settings) =>
        $"A cost cap needs prices: the model {settings.Model} (endpoint '{settings.Name}') has none. Give it one (reasonir prices set {settings.Model} --input P --output P, 0 where it is free, or the portal's page Spending), "
        + $"set {ChatConfiguration.Label(settings.Name, "InputPrice")} and {ChatConfiguration.Label(settings.Name, "OutputPrice")} (a million tokens), or leave out the cap (maxCost, REASONIR_CHAT_COST_CAP).";
}
