using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Spending;

/// <summary>An answer that was paid for, with what it cost and why it was asked: the row that cache and ledger share.</summary>
/// <param name="Hash">The request's <see cref="RequestHash"/>.</param>
public sealed record PaidCall(
    string Hash, string Model, CallPurpose Purpose, ChatAnswer Answer, decimal Cost, TimeSpan Duration, DateTimeOffset AnsweredAt);

public sealed record CachedAnswer(ChatAnswer Answer, decimal Cost);

/// <summary>Answers by request hash, so that nothing is asked twice, in this run or a later one.</summary>
public interface IAnswerCache
{
    Task<CachedAnswer?> FindAsync(string hash, CancellationToken cancellation);

    /// <summary>Keeps answer and cost in one write: a process that dies loses both or neither. A hash that is there already stays as it is.</summary>
    Task StoreAsync(PaidCall call, CancellationToken cancellation);
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
}
