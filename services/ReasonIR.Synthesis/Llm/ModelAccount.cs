using System.Globalization;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Prompts;
using ReasonIR.Language.Spending;

namespace ReasonIR.Synthesis.Llm;

/// <summary>Asks the chat model on somebody's account. Thread-safe.</summary>
/// <param name="run">The run that pays; null: none.</param>
/// <param name="asked">Told the <see cref="RequestHash"/> of each request before it is asked; null: nobody.</param>
public sealed class ModelAccount(ChatModel model, RunBudget budget, long? run, Action<string>? asked = null)
{
    public RunBudget Budget => budget;

    /// <summary>How many of so many requests are asked at a time: in batches all, because a file holds what waits.</summary>
    public int AtOnce(int requests) => budget.Batch ? Math.Max(1, requests) : model.Settings.Concurrency;

    public Task<ChatAnswer> AskAsync(ChatRequest request, Prompt prompt, CancellationToken cancellation) => AskAsync(request, prompt, prompt.Name, cancellation);

    /// <param name="purpose">What the ledger calls it.</param>
    public Task<ChatAnswer> AskAsync(ChatRequest request, Prompt prompt, string purpose, CancellationToken cancellation)
    {
        asked?.Invoke(RequestHash.Of(model.Settings, request));
        return model.AskAsync(request, new CallPurpose(run?.ToString(CultureInfo.InvariantCulture), purpose, prompt.Hash), budget, cancellation);
    }
}
