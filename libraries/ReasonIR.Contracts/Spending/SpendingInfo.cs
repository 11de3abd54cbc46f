namespace ReasonIR.Contracts.Spending;

/// <summary>What language models took within some days.</summary>
/// <param name="From">The first day, UTC.</param>
/// <param name="To">The last day.</param>
/// <param name="By">What the rows stand for: <c>day</c>, <c>model</c>, <c>endpoint</c>, <c>purpose</c>, <c>prompt</c> or <c>run</c>.</param>
/// <param name="Rows">Days from the newest, others from the dearest; at most 1,000.</param>
/// <param name="Total">Of all rows.</param>
/// <param name="Today">Spent today (UTC), whatever the days asked for.</param>
/// <param name="Held">The most that requests under way can cost; only counted where the day has a cap.</param>
public sealed record SpendingInfo(DateOnly From, DateOnly To, string By, IReadOnlyList<SpendingRow> Rows, SpendingRow Total, decimal Today, decimal Held)
{
    /// <summary>What rows can stand for.</summary>
    public static readonly IReadOnlyList<string> Groupings = ["day", "model", "endpoint", "purpose", "prompt", "run"];
}

/// <summary>Answers that were paid for.</summary>
/// <param name="Key">The day, the name, the prompt's hash, or the run's number; empty: outside of runs.</param>
/// <param name="Calls">How many.</param>
/// <param name="InputTokens">Sent, those the server had in its cache included.</param>
/// <param name="CachedTokens">Sent, and in the server's own cache.</param>
/// <param name="OutputTokens">Answered, thoughts included.</param>
/// <param name="ReasoningTokens">Of thoughts, where they are known.</param>
/// <param name="Cost">In the currency of the prices.</param>
/// <param name="Seconds">From sending to the last byte, summed; requests run side by side.</param>
/// <param name="Batched">Answered in batches.</param>
/// <param name="Repairs">Answers asked for because one before had not the wanted shape.</param>
/// <param name="Estimated">Whose tokens the server did not count.</param>
public sealed record SpendingRow(
    string Key, long Calls, long InputTokens, long CachedTokens, long OutputTokens, long ReasoningTokens, decimal Cost, double Seconds, long Batched, long Repairs, long Estimated);

/// <summary>An answer that was paid for.</summary>
/// <param name="Id">Its number.</param>
/// <param name="At">When it came.</param>
/// <param name="RunId">The run that paid, or null.</param>
/// <param name="Purpose">Such as <c>hard-query</c>.</param>
/// <param name="Endpoint">The endpoint's name.</param>
/// <param name="Model">The model's name.</param>
/// <param name="PromptHash">Of the prompt file.</param>
/// <param name="RequestHash">Of the whole request.</param>
/// <param name="FinishReason">The server's word.</param>
/// <param name="Refused">The model refused.</param>
/// <param name="InputTokens">Sent.</param>
/// <param name="OutputTokens">Answered.</param>
/// <param name="Cost">In the currency of the prices.</param>
/// <param name="Seconds">From sending to the last byte.</param>
/// <param name="Batch">Answered in a batch.</param>
/// <param name="Text">The answer, its first 2,000 characters.</param>
public sealed record CallInfo(
    long Id, DateTimeOffset At, long? RunId, string Purpose, string Endpoint, string Model, string PromptHash, string RequestHash, string FinishReason, bool Refused,
    long InputTokens, long OutputTokens, decimal Cost, double Seconds, bool Batch, string Text);
