using System.Diagnostics;
using ReasonIR.Encoder.Metrics;
using ReasonIR.Models;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Encoder.Batching;

/// <summary>How batches are made of waiting texts.</summary>
/// <param name="BatchTokens">Tokens of a batch; a longer text is a batch by itself.</param>
/// <param name="WaitingTokens">Tokens that may wait; a job that would go beyond is refused, unless nothing waits.</param>
/// <param name="Linger">After a batch of several jobs: how long the next one waits for as many to come back.</param>
public sealed record BatchLimits(int BatchTokens, long WaitingTokens, TimeSpan Linger);

/// <summary>
/// Texts of all callers of one model, in batches. The jobs take turns: each puts at most a quarter of a batch into it before the next one's
/// turn, so that a single text is in the next batch or the one after, however much a bulk job has waiting. One thread; thread-safe.
/// </summary>
public sealed class BatchQueue : IDisposable
{
    readonly ITextEncoder encoder;
    readonly BatchLimits limits;
    readonly EncoderMetrics metrics;
    readonly string model;
    readonly Lock gate = new();
    readonly LinkedList<EncodeJob> turns = new();
    readonly ManualResetEventSlim wake = new();
    readonly Thread worker;
    readonly List<QueuedText> batch = [];
    readonly List<TokenizedText> texts = [];
    float[] vectors = [];
    long waitingTokens;
    int waitingTexts, jobsOfLast;
    double tokensPerSecond;
    bool stopping;

    public BatchQueue(string model, ITextEncoder encoder, BatchLimits limits, EncoderMetrics metrics)
    {
        (this.model, this.encoder, this.limits, this.metrics) = (model, encoder, limits, metrics);
        worker = new Thread(Work) { IsBackground = true, Name = $"encodes {model}" };
        worker.Start();
    }

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
    public async Task RunAsync(EncodeJob job, CancellationToken cancellation)
    {
        if (job.WaitingTexts == 0)
            return;
        LinkedListNode<EncodeJob> turn;
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

    void Drop(LinkedListNode<EncodeJob> turn, CancellationToken cancellation)
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

    void Count(EncodeJob job, int sign)
    {
        if (job.IsBulk)
            return;
        waitingTokens += sign * job.WaitingTokens;
        waitingTexts += sign * job.WaitingTexts;
    }

    OverloadedException Full()
    {
        var seconds = tokensPerSecond > 0 ? Math.Clamp(waitingTokens / tokensPerSecond, 1, 60) : 1;
        return new($"The queue of model '{model}' is full: {waitingTexts:N0} texts with {waitingTokens:N0} tokens wait.", TimeSpan.FromSeconds(Math.Ceiling(seconds)));
    }

    void Work()
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
        while (true)
        {
            lock (gate)
            {
                if (stopping || turns.Count >= jobsOfLast || turns.Sum(job => job.WaitingTokens) >= limits.BatchTokens)
                    return;
                wake.Reset();
            }
            var left = limits.Linger - Stopwatch.GetElapsedTime(since);
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
                var length = batch[^1].Tokens.Ids.Length;
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
        batch.Sort(static (one, other) => other.Tokens.Ids.Length.CompareTo(one.Tokens.Ids.Length));
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
            foreach (var texts in batch.GroupBy(text => text.Job).ToList())
                try
                {
                    Run([.. texts]);
                }
                catch (Exception error)
                {
                    texts.Key.Fail(error);
                }
        }
        var (elapsed, tokens) = (Stopwatch.GetElapsedTime(since), batch.Sum(text => (long)text.Tokens.Ids.Length));
        tokensPerSecond = tokensPerSecond == 0 ? tokens / elapsed.TotalSeconds : 0.9 * tokensPerSecond + 0.1 * tokens / elapsed.TotalSeconds;
        metrics.Batched(model, batch.Count, tokens, elapsed);
    }

    void Run(List<QueuedText> some)
    {
        texts.Clear();
        foreach (var text in some)
            texts.Add(text.Tokens);
        var needed = some.Count * encoder.Dimension;
        if (vectors.Length < needed)
            vectors = new float[needed];
        encoder.EncodeBatch(texts, vectors.AsMemory(0, needed));
        for (var i = 0; i < some.Count; i++)
            some[i].Job.Finish(some[i].Index, vectors.AsSpan(i * encoder.Dimension, encoder.Dimension));
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
                job.Fail(new ObjectDisposedException(nameof(BatchQueue)));
            turns.Clear();
        }
        wake.Set();
        worker.Join();
        wake.Dispose();
    }
}
