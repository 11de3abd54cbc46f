using System.Diagnostics;
using ReasonIR.Encoder.Metrics;

namespace ReasonIR.Encoder.Batching;

/// <summary>How batches are made of waiting texts.</summary>
/// <param name="BatchTokens">Tokens of a batch; a longer text is a batch by itself.</param>
/// <param name="WaitingTokens">Tokens that may wait; a job that would go beyond is refused, unless nothing waits.</param>
/// <param name="Linger">After a batch of several jobs: how long the next one waits at least for as many to come back; 0: not at all.</param>
public sealed record BatchLimits(int BatchTokens, long WaitingTokens, TimeSpan Linger);

/// <summary>
/// Texts of all callers of one model, in batches. The jobs take turns: each puts at most a quarter of a batch into it before the next one's
/// turn, so that a single text is in the next batch or the one after, however much a bulk job has waiting. One thread; thread-safe.
/// </summary>
public sealed class BatchQueue<T> : IDisposable
{
    /// <summary>What may be waited for callers to come back, as a share of the time that their last batch took: less than a batch of a part of them would cost.</summary>
    const double LingerShare = 0.05;

    readonly BatchLimits limits;
    readonly EncoderMetrics metrics;
    readonly Lock gate = new();
    readonly LinkedList<BatchJob<T>> turns = new();
    readonly ManualResetEventSlim wake = new();
    readonly Thread worker;
    readonly List<QueuedText<T>> batch = [];
    readonly List<T> texts = [];
    float[] rows = [];
    long waitingTokens;
    int waitingTexts, jobsOfLast;
    TimeSpan lastBatch;
    double tokensPerSecond;
    bool stopping;

    public BatchQueue(BatchWork<T> work, BatchLimits limits, EncoderMetrics metrics)
    {
        (Work, this.limits, this.metrics) = (work, limits, metrics);
        worker = new Thread(MakeBatches) { IsBackground = true, Name = $"encodes {work.Model}" };
        worker.Start();
    }

    /// <summary>What the batches are made for.</summary>
    public BatchWork<T> Work { get; }

    /// <summary>Texts that are in no batch yet, those of bulk jobs too.</summary>
    public int WaitingTexts
    {
        get
        {
            lock (gate)
                return turns.Sum(job => job.WaitingTexts);
        }
    }

    /// <summary>Refuses now what <see cref="RunAsync"/> would refuse once the texts are tokenized.</summary>
    /// <exception cref="OverloadedException">As many tokens wait as may.</exception>
    public void CheckRoom()
    {
        lock (gate)
            if (waitingTokens >= limits.WaitingTokens)
                throw Full();
    }

    /// <summary>Waits until all texts of the job are encoded. What is in no batch yet when it is canceled is dropped.</summary>
    /// <exception cref="OverloadedException">Too much waits already.</exception>
    public async Task RunAsync(BatchJob<T> job, CancellationToken cancellation)
    {
        if (job.WaitingTexts == 0)
            return;
        LinkedListNode<BatchJob<T>> turn;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(stopping, this);
            if (!job.IsBulk && waitingTokens > 0 && waitingTokens + job.WaitingTokens > limits.WaitingTokens)
                throw Full();
            Count(job, +1);
            turn = turns.AddLast(job);
        }
        wake.Set();
        await using var _ = cancellation.Register(() => Drop(turn, cancellation));
        await job.Completion;
    }

    void Drop(LinkedListNode<BatchJob<T>> turn, CancellationToken cancellation)
    {
        lock (gate)
            if (turn.List is not null)
            {
                metrics.Dropped.Add(turn.Value.WaitingTexts);
                Count(turn.Value, -1);
                turns.Remove(turn);
            }
        turn.Value.Cancel(cancellation);
    }

    void Count(BatchJob<T> job, int sign)
    {
        if (job.IsBulk)
            return;
        waitingTokens += sign * job.WaitingTokens;
        waitingTexts += sign * job.WaitingTexts;
    }

    OverloadedException Full()
    {
        var seconds = tokensPerSecond > 0 ? Math.Clamp(waitingTokens / tokensPerSecond, 1, 60) : 1;
        return new($"The queue of model '{Work.Model}' is full: {waitingTexts:N0} texts with {waitingTokens:N0} tokens wait.", TimeSpan.FromSeconds(Math.Ceiling(seconds)));
    }

    void MakeBatches()
    {
        while (true)
        {
            wake.Wait();
            if (stopping)
                return;
            if (jobsOfLast > 1)
                Gather();
            lock (gate)
            {
                Fill();
                if (turns.Count == 0 && !stopping)
                    wake.Reset();
            }
            if (batch.Count > 0)
                Encode();
        }
    }

    /// <summary>Callers that got their vectors together ask again almost together: the next batch waits a moment for all of them.</summary>
    void Gather()
    {
        var since = Stopwatch.GetTimestamp();
        var linger = limits.Linger == TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Max(limits.Linger.Ticks, (long)(LingerShare * lastBatch.Ticks)));
        while (true)
        {
            lock (gate)
            {
                if (stopping || turns.Count >= jobsOfLast || turns.Sum(job => job.WaitingTokens) >= limits.BatchTokens)
                    return;
                wake.Reset();
            }
            var left = linger - Stopwatch.GetElapsedTime(since);
            if (left <= TimeSpan.Zero || !wake.Wait(left))
            {
                wake.Set();
                return;
            }
        }
    }

    /// <summary>A share of each job in turn while the batch has room.</summary>
    void Fill()
    {
        batch.Clear();
        var share = Math.Max(1, limits.BatchTokens / 4);
        var left = limits.BatchTokens;
        while (turns.First is { Value: var job } turn)
        {
            if (!job.Completion.IsCompleted && batch.Count > 0 && job.NextLength > left)
                return;
            turns.RemoveFirst();
            Count(job, -1);
            if (job.Completion.IsCompleted)
                continue; // it failed in an earlier batch
            for (var used = 0; job.WaitingTexts > 0 && (batch.Count == 0 || job.NextLength <= left) && (used == 0 || used + job.NextLength <= share);)
            {
                batch.Add(job.Take());
                var length = batch[^1].Length;
                (used, left) = (used + length, left - length);
            }
            if (job.WaitingTexts == 0)
                continue;
            Count(job, +1);
            turns.AddLast(turn);
        }
    }

    void Encode()
    {
        batch.Sort(static (one, other) => other.Length.CompareTo(one.Length));
        jobsOfLast = batch.Select(text => text.Job).Distinct().Count();
        var since = Stopwatch.GetTimestamp();
        try
        {
            Run(batch);
        }
        catch (Exception error) when (jobsOfLast == 1)
        {
            batch[0].Job.Fail(error);
        }
        catch (Exception)
        {
            // One caller's texts must not fail another's.
            foreach (var own in batch.GroupBy(text => text.Job).ToList())
                try
                {
                    Run([.. own]);
                }
                catch (Exception error)
                {
                    own.Key.Fail(error);
                }
        }
        var (elapsed, tokens) = (Stopwatch.GetElapsedTime(since), batch.Sum(text => (long)text.Length));
        lastBatch = elapsed;
        tokensPerSecond = tokensPerSecond == 0 ? tokens / elapsed.TotalSeconds : 0.9 * tokensPerSecond + 0.1 * tokens / elapsed.TotalSeconds;
        metrics.Batched(Work.Model, batch.Count, tokens, elapsed);
    }

    void Run(List<QueuedText<T>> some)
    {
        texts.Clear();
        foreach (var text in some)
            texts.Add(text.Text);
        var needed = some.Count * Work.Width;
        if (rows.Length < needed)
            rows = new float[needed];
        Work.Run(texts, rows.AsMemory(0, needed));
        for (var i = 0; i < some.Count; i++)
            some[i].Job.Finish(some[i].Index, rows.AsSpan(i * Work.Width, Work.Width));
    }

    /// <summary>Ends the thread; whoever still waits gets an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (stopping)
                return;
            stopping = true;
            foreach (var job in turns)
                job.Fail(new ObjectDisposedException(nameof(BatchQueue<T>)));
            turns.Clear();
        }
        wake.Set();
        worker.Join();
        wake.Dispose();
    }
}
