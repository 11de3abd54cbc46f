namespace ReasonIR.Language.Spending;

/// <summary>What was spent today (UTC) and what requests under way may still cost, over all processes.</summary>
public interface IDayLedger
{
    /// <summary>Holds an amount if it fits under the cap beside what is spent and held.</summary>
    /// <param name="lifetime">After which the hold of a process that died ends.</param>
    Task<DayHold> HoldAsync(decimal amount, decimal cap, TimeSpan lifetime, CancellationToken cancellation);

    Task ReleaseAsync(long hold, CancellationToken cancellation);
}

/// <param name="Id">Null: it does not fit now.</param>
/// <param name="Spent">Today, so far.</param>
public sealed record DayHold(long? Id, decimal Spent);

/// <summary>
/// The cap of a day over all runs and processes. A request that does not fit beside those under way waits for them; one that does not
/// fit beside what is spent is refused: the run stops before the cap is passed, and goes on another day.
/// </summary>
public sealed class DayBudget(IDayLedger ledger, decimal cap, TimeProvider? time = null)
{
    /// <summary>Other processes tell nobody when their requests end.</summary>
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(0.5), LookSeldom = TimeSpan.FromSeconds(30);

    /// <summary>The ledger has its callers take turns; thousands of a batch must not all hold a connection meanwhile.</summary>
    readonly SemaphoreSlim turn = new(1);

    public decimal Cap => cap;

    /// <exception cref="CostCapException">It does not fit beside what is spent.</exception>
    internal async Task<Hold> ReserveAsync(decimal amount, TimeSpan lifetime, CancellationToken cancellation)
    {
        for (var pause = LookAgain; ; pause = pause * 2 < LookSeldom ? pause * 2 : LookSeldom)
        {
            var hold = await HoldAsync(amount, lifetime, cancellation);
            if (hold.Id is { } id)
                return new Hold(ledger, id);
            if (hold.Spent + amount > cap)
                throw new CostCapException(cap, hold.Spent, amount, ofDay: true);
            await Task.Delay(pause, time ?? TimeProvider.System, cancellation);
        }
    }

    async Task<DayHold> HoldAsync(decimal amount, TimeSpan lifetime, CancellationToken cancellation)
    {
        await turn.WaitAsync(cancellation);
        try
        {
            return await ledger.HoldAsync(amount, cap, lifetime, cancellation);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Disposed when the answer and its cost are stored, or there is none.</summary>
    internal sealed class Hold(IDayLedger ledger, long id) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await ledger.ReleaseAsync(id, CancellationToken.None);
    }
}
