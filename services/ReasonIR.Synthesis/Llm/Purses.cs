using System.Globalization;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;

namespace ReasonIR.Synthesis.Llm;

/// <summary>Budgets of runs and of requests that other services make: those of a run share what it has spent, the cap is its own or the configured one.</summary>
public sealed class Purses(ChatModel model, ICallLedger ledger)
{
    /// <param name="run">The run that pays, or null.</param>
    /// <param name="maxCost">Its cap; null: the configured one, if any.</param>
    /// <param name="batch">Its requests wait to be sent in batches.</param>
    /// <exception cref="InvalidOperationException">No endpoint is configured, or a cap has no prices to go by.</exception>
    public async Task<RunBudget> OpenAsync(long? run, decimal? maxCost, CancellationToken cancellation, bool batch = false)
    {
        if (!model.Settings.IsConfigured)
            throw new InvalidOperationException($"No chat endpoint is configured: {ChatConfiguration.HowToConfigure}.");
        var cap = maxCost ?? model.Settings.CostCap;
        if (cap is not null && await model.PriceAsync(cancellation) is null)
            throw new InvalidOperationException(
                $"A cost cap needs prices: give those of {model.Settings.Model} (reasonir prices set, or the portal's page Spending), set REASONIR_CHAT_INPUT_PRICE and REASONIR_CHAT_OUTPUT_PRICE (a million tokens), or leave out the cap (maxCost, REASONIR_CHAT_COST_CAP).");
        return new RunBudget(cap, run is { } id ? await ledger.SpentAsync(id.ToString(CultureInfo.InvariantCulture), cancellation) : Spent.Nothing) { Batch = batch };
    }

    /// <inheritdoc cref="OpenAsync(long?, decimal?, CancellationToken)"/>
    public Task<RunBudget> OpenAsync(long? run, double? maxCost, CancellationToken cancellation) => OpenAsync(run, (decimal?)maxCost, cancellation);

    /// <param name="before">What the run had spent when the budget was opened.</param>
    public ModelUse Use(RunBudget budget, Spent before, string promptHash) => new(
        model.Settings.Model ?? "", promptHash, budget.Spent.Calls - before.Calls, budget.Cached, budget.Spent.InputTokens - before.InputTokens,
        budget.Spent.OutputTokens - before.OutputTokens, budget.Spent.Cost - before.Cost);
}
