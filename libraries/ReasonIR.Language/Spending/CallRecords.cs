using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Spending;

/// <summary>An answer that was paid for, with what it cost and why it was asked: the row that cache and ledger share.</summary>
/// <param name="Hash">The request's <see cref="RequestHash"/>.</param>
/// <param name="Endpoint">The endpoint's name in the configuration.</param>
/// <param name="Batch">Answered as a line of a batch.</param>
public sealed record PaidCall(
    string Hash, string Endpoint, string Model, CallPurpose Purpose, ChatAnswer Answer, decimal Cost, TimeSpan Duration, DateTimeOffset AnsweredAt, bool Batch = false);

public sealed record CachedAnswer(ChatAnswer Answer, decimal Cost);

/// <summary>Answers by request hash, so that nothing is asked twice, in this run or a later one.</summary>
public interface IAnswerCache
{
    Task<CachedAnswer?> FindAsync(string hash, CancellationToken cancellation);

    /// <summary>
    /// Keeps answer and cost in one write: a process that dies loses both or neither. Where the hash has an answer already (another
    /// process asked the same, or a hedge came second), that one stays, and the new one is kept for its cost alone.
    /// </summary>
    /// <returns>The answer that stays: what a run makes of a request does not depend on who asked first.</returns>
    Task<ChatAnswer> StoreAsync(PaidCall call, CancellationToken cancellation);
}

/// <summary>What was spent.</summary>
public interface ICallLedger
{
    /// <summary>Everything a run has paid for so far, over all its attempts.</summary>
    Task<Spent> SpentAsync(string run, CancellationToken cancellation);
}

public sealed record Spent(int Calls, long InputTokens, long OutputTokens, decimal Cost)
{
    public static readonly Spent Nothing = new(0, 0, 0, 0);

    internal Spent And(TokenUsage usage, decimal cost) => new(Calls + 1, InputTokens + usage.Input, OutputTokens + usage.Output, Cost + cost);
}
