using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Spending;

/// <summary>A request was not sent because it could have passed the run's cap, or the day's.</summary>
public sealed class CostCapException(decimal cap, decimal spent, decimal estimate, bool ofDay = false)
    : Exception(FormattableString.Invariant(
        $"The cost cap of {cap:0.####}{(ofDay ? " a day (REASONIR_CHAT_DAY_COST_CAP)" : "")} would be passed: {spent:0.####} spent{(ofDay ? " today" : "")}, the next request may cost {estimate:0.####}."));

/// <summary>
/// What a run has spent and may still spend. Before a request the most it can cost is reserved (estimated input, whole output bound);
/// after it the reservation becomes the true cost. A request that does not fit beside the reservations of others waits for them;
/// one that does not fit at all is refused, and so is every later one: the run stops before its cap is passed.
/// </summary>
public sealed class RunBudget(decimal? cap, Spent before)
{
    readonly Lock gate = new();
    TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Spent spent = before;
    decimal reserved;
    decimal worst = 1; // largest true cost over its estimate so far: servers add chat templates, and some ignore the output bound
    Spent saved = Spent.Nothing;

    public decimal? Cap => cap;

    /// <summary>The run's requests wait to be sent in batches: cheaper with some servers, and within a day instead of seconds.</summary>
    public bool Batch { get; init; }

    /// <summary>Paid for by this run, over all its attempts.</summary>
    public Spent Spent
    {
        get { lock (gate) return spent; }
    }

    /// <summary>Requests that this process answered from the cache.</summary>
    public int Cached => Saved.Calls;

    /// <summary>What those answers had cost when they were paid for.</summary>
    public Spent Saved
    {
        get { lock (gate) return saved; }
    }

    /// <param name="estimate">The most the request can cost, by its price.</param>
    /// <exception cref="CostCapException">It does not fit, whatever the requests in flight turn out to cost.</exception>
    internal async Task<Reservation> ReserveAsync(decimal estimate, CancellationToken cancellation)
    {
        while (true)
        {
            Task release;
            lock (gate)
            {
                var most = estimate * worst;
                if (cap is null || spent.Cost + reserved + most <= cap)
                {
                    reserved += most;
                    return new Reservation(this, most, estimate);
                }
                if (spent.Cost + most > cap || reserved == 0)
                    throw new CostCapException(cap.Value, spent.Cost, most);
                release = released.Task;
            }
            await release.WaitAsync(cancellation);
        }
    }

    internal void CountCached(CachedAnswer known)
    {
        lock (gate)
            saved = saved.And(known.Answer.Usage, known.Cost);
    }

    void Settle(decimal amount, decimal estimate, TokenUsage? usage, decimal cost)
    {
        lock (gate)
        {
            reserved -= amount;
            if (estimate > 0)
                worst = Math.Max(worst, cost / estimate);
            if (usage is not null)
                spent = spent.And(usage, cost);
            released.SetResult();
            released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Disposed unsettled (no answer came), it costs nothing.</summary>
    internal sealed class Reservation(RunBudget budget, decimal amount, decimal estimate) : IDisposable
    {
        bool settled;

        public decimal Amount => amount;

        public void Settle(TokenUsage usage, decimal cost)
        {
            settled = true;
            budget.Settle(amount, estimate, usage, cost);
        }

        public void Dispose()
        {
            if (!settled)
                budget.Settle(amount, estimate, null, 0);
            settled = true;
        }
    }
}
