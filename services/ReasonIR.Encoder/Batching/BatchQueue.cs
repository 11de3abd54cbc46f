using System.Diagnostics;
using ReasonIR.Encoder.Metrics;

namespace ReasonIR.Encoder.Batching;

/// <summary>How batches are made of waiting texts.</summary>
/// <param name="BatchTokens">Tokens of a batch; a longer text is a batch by itself.</param>
/// <param name="WaitingTokens">Tokens that may wait; a job that would go beyond is refused, unless nothing waits.</param>
/// <param name="Linger">After a batch of several jobs: how long the next one waits at least for as many to come back; 0: not at all.</param>
public sealed record BatchLimits(int BatchTokens, long WaitingTokens, TimeSpan Linger);

/// <summary>
/// Texts of all callers of one model, in batches that a thread of its own makes and encodes (<see cref="JobTurns{T}"/> says whose texts come
/// next). Thread-safe.
/// </summary>
public sealed class BatchQueue<T> : IDisposable
{
    /// <summary>What may be waited for callers to come back, as a share of the time that their last batch took: less than a batch of a part of them would cost.</summary>
    const double LingerShare = 0.05;

    readonly BatchLimits limits;
    readonly EncoderMetrics metrics;
    readonly Lock gate = new();
    readonly JobTurns<T> turns;
    readonly ManualResetEventSlim wake = new();
    readonly Thread worker;
    readonly List<QueuedText<T>> batch = [];
    readonly List<T> texts = [];
    float[] rows = [];
    int jobsOfLast;
    TimeSpan lastBatch;
    double tokensPerSecond;
    bool stopping;

    public BatchQueue(BatchWork<T> work, BatchLimits limits, EncoderMetrics metrics)
    {
        (Work, this.limits, this.metrics, turns) = (work, limits, metrics, new(limits.BatchTokens, limits.WaitingTokens));
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
                return turns.AllTexts;
        }
    }

    /// <summary>Refuses now what <see cref="RunAsync"/> would refuse once the texts are tokenized.</summary>
    /// <exception cref="OverloadedException">As many tokens wait as may.</exception>
    public void CheckRoom()
    {
        lock (gate)
            if (turns.IsFull)
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
            if (!turns.HasRoomFor(job))
                throw Full();
            turn = turns.Add(job);
        }
        wake.Set();
        await using var _ = cancellation.Register(() => Drop(turn, cancellation));
        await job.Completion;
    }

    void Drop(LinkedListNode<BatchJob<T>> turn, CancellationToken cancellation)
    {
        lock (gate)
            if (turns.Remove(turn))
                metrics.Dropped.Add(turn.Value.WaitingTexts);
        turn.Value.Cancel(cancellation);
    }

    OverloadedException Full()
    {
        var seconds = tokensPerSecond > 0 ? Math.Clamp(turns.Tokens / tokensPerSecond, 1, 60) : 1;
        return new($"The queue of model '{Work.Model}' is full: {turns.Texts:N0} texts with {turns.Tokens:N0} tokens wait.", TimeSpan.FromSeconds(Math.Ceiling(seconds)));
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
                turns.Fill(batch);
                if (turns.Jobs == 0 && !stopping)
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
                if (stopping || turns.Jobs >= jobsOfLast || turns.AllTokens >= limits.BatchTokens)
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
            turns.FailAll(new ObjectDisposedException(nameof(BatchQueue<T>)));
        }
        wake.Set();
        worker.Join();
        wake.Dispose();
    }
}
