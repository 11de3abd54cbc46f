namespace ReasonIR.Language.Chat;

/// <summary>
/// How fast an endpoint is asked. Attempts in flight are bounded by a limit that is halved when the server answers 429 or 503 (once for
/// all attempts sent before it fell) and grows back by one for each round of answers; limits a minute shrink with it. A pause that the
/// server asks for holds back every attempt. Times are those of the monotonic clock: a wall clock that is set changes nothing.
/// </summary>
sealed class Pace
{
    readonly Lock gate = new();
    readonly SemaphoreSlim turnstile = new(1); // those who wait come through one by one, in order
    readonly TimeProvider time;
    readonly int most;
    readonly Allowance? requests, tokens;
    TaskCompletionSource left = New();
    double limit;
    int inFlight;
    long fellAt = long.MinValue, resumeAt;

    public Pace(ChatSettings settings, TimeProvider time)
    {
        this.time = time;
        limit = most = settings.Concurrency;
        resumeAt = time.GetTimestamp();
        requests = settings.RequestsPerMinute is { } attempts ? new Allowance(attempts, time) : null;
        tokens = settings.TokensPerMinute is { } count ? new Allowance(count, time) : null;
    }

    /// <summary>Attempts that may be in flight now.</summary>
    public int Limit
    {
        get { lock (gate) return (int)limit; }
    }

    /// <summary>Waits until the tokens of a request are allowed.</summary>
    /// <param name="count">The most it can take; <see cref="GiveBack"/> returns what it did not.</param>
    public async Task TakeTokensAsync(int count, CancellationToken cancellation)
    {
        if (tokens is null)
            return;
        while (true)
        {
            TimeSpan wait;
            lock (gate)
                if ((wait = tokens.Take(count, limit / most)) == TimeSpan.Zero)
                    return;
            await Task.Delay(wait, time, cancellation);
        }
    }

    public void GiveBack(int count)
    {
        if (tokens is null)
            return;
        lock (gate)
            tokens.Return(count);
    }

    /// <summary>Waits until an attempt may be sent.</summary>
    /// <returns>When it was, for <see cref="Leave"/>.</returns>
    public async Task<long> EnterAsync(CancellationToken cancellation)
    {
        await turnstile.WaitAsync(cancellation);
        try
        {
            while (true)
            {
                TimeSpan wait;
                Task someone;
                lock (gate)
                {
                    var now = time.GetTimestamp();
                    wait = now < resumeAt ? time.GetElapsedTime(now, resumeAt) : TimeSpan.Zero;
                    if (wait == TimeSpan.Zero && inFlight < (int)limit && (wait = requests?.Take(1, limit / most) ?? TimeSpan.Zero) == TimeSpan.Zero)
                    {
                        inFlight++;
                        return now;
                    }
                    someone = left.Task;
                }
                await (wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellation) : someone.WaitAsync(cancellation));
            }
        }
        finally
        {
            turnstile.Release();
        }
    }

    /// <param name="sent">What <see cref="EnterAsync"/> returned.</param>
    /// <param name="refused">True: 429 or 503; false: an answer; null: neither says anything about load.</param>
    public void Leave(long sent, bool? refused)
    {
        lock (gate)
        {
            inFlight--;
            if (refused == true && sent >= fellAt)
            {
                limit = Math.Max(1, limit / 2);
                fellAt = time.GetTimestamp();
            }
            else if (refused == false)
            {
                limit = Math.Min(most, limit + 1 / limit);
            }
            left.SetResult();
            left = New();
        }
    }

    /// <summary>Nothing is sent for this long.</summary>
    public void HoldBack(TimeSpan pause)
    {
        lock (gate)
            resumeAt = Math.Max(resumeAt, time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency));
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// So many a minute: a twelfth at once, the rest evenly, so that no minute holds more. One that is larger than what fits at once waits
    /// for a full bucket and leaves a debt.
    /// </summary>
    sealed class Allowance
    {
        readonly TimeProvider time;
        readonly double burst, perSecond;
        double left;
        long filledAt;

        public Allowance(int perMinute, TimeProvider time)
        {
            this.time = time;
            left = burst = Math.Max(1, perMinute / 12.0);
            perSecond = (burst > 1 ? perMinute - burst : perMinute) / 60;
            filledAt = time.GetTimestamp();
        }

        /// <returns>Zero where it was taken, else how long to wait before asking again.</returns>
        public TimeSpan Take(int count, double share)
        {
            var now = time.GetTimestamp();
            left = Math.Min(burst, left + time.GetElapsedTime(filledAt, now).TotalSeconds * perSecond * share);
            filledAt = now;
            var needed = Math.Min(count, burst) - left;
            if (needed > 1e-9)
                return TimeSpan.FromSeconds(Math.Clamp(needed / (perSecond * share), 0.001, 60));
            left -= count;
            return TimeSpan.Zero;
        }

        public void Return(int count) => left = Math.Min(burst, left + count);
    }
}
