using System.Diagnostics;

namespace ReasonIR.Encoder.Batching;

/// <summary>What a queue makes batches for.</summary>
/// <typeparam name="T">A text as the model reads it.</typeparam>
/// <param name="Model">The model's name.</param>
/// <param name="Width">Numbers that a text becomes.</param>
/// <param name="Length">Tokens of a text.</param>
/// <param name="Run">A batch into rows [texts, Width].</param>
public sealed record BatchWork<T>(string Model, int Width, Func<T, int> Length, Action<IReadOnlyList<T>, Memory<float>> Run);

/// <summary>The texts of one caller on their way through a <see cref="BatchQueue{T}"/>: longest first, so that what goes together is alike.</summary>
public sealed class BatchJob<T>
{
    readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly IReadOnlyList<T> texts;
    readonly BatchWork<T> work;
    readonly int[] order;
    readonly Memory<float> destination;
    readonly long submitted = Stopwatch.GetTimestamp();
    int next, unfinished;

    /// <param name="work">The queue's.</param>
    /// <param name="texts">None is empty.</param>
    /// <param name="destination">Row-major [texts, width].</param>
    /// <param name="isBulk">Whether nobody waits for it: it is never refused, and does not count when others are.</param>
    public BatchJob(BatchWork<T> work, IReadOnlyList<T> texts, Memory<float> destination, bool isBulk = false)
    {
        (this.work, this.texts, this.destination, IsBulk, unfinished) = (work, texts, destination, isBulk, texts.Count);
        order = new int[texts.Count];
        var lengths = new int[texts.Count];
        for (var i = 0; i < order.Length; i++)
        {
            (order[i], lengths[i]) = (i, -work.Length(texts[i]));
            WaitingTokens -= lengths[i];
        }
        Array.Sort(lengths, order);
    }

    public bool IsBulk { get; }

    /// <summary>Tokens of the texts that are in no batch yet.</summary>
    public long WaitingTokens { get; private set; }

    /// <summary>Texts that are in no batch yet.</summary>
    public int WaitingTexts => order.Length - next;

    /// <summary>From its submission to its first batch; null until then.</summary>
    public TimeSpan? Waited { get; private set; }

    /// <summary>Ends with the last vector, with the first failure, or when it is canceled.</summary>
    public Task Completion => done.Task;

    /// <summary>The length of the text that goes next.</summary>
    internal int NextLength => work.Length(texts[order[next]]);

    internal QueuedText<T> Take()
    {
        Waited ??= Stopwatch.GetElapsedTime(submitted);
        var index = order[next++];
        var text = new QueuedText<T>(this, index, texts[index], work.Length(texts[index]));
        WaitingTokens -= text.Length;
        return text;
    }

    internal void Finish(int index, ReadOnlySpan<float> row)
    {
        row.CopyTo(destination.Span[(index * work.Width)..]);
        if (--unfinished == 0)
            done.TrySetResult();
    }

    internal void Fail(Exception error) => done.TrySetException(error);

    internal void Cancel(CancellationToken cancellation) => done.TrySetCanceled(cancellation);
}

/// <summary>One text of a job, in a batch.</summary>
readonly record struct QueuedText<T>(BatchJob<T> Job, int Index, T Text, int Length);
