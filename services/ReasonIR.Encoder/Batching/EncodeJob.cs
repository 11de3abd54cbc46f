using System.Diagnostics;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Encoder.Batching;

/// <summary>The texts of one caller on their way through a <see cref="BatchQueue"/>: longest first, so that what goes together is alike.</summary>
public sealed class EncodeJob
{
    readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly IReadOnlyList<TokenizedText> texts;
    readonly int[] order;
    readonly Memory<float> destination;
    readonly int dimension;
    readonly long submitted = Stopwatch.GetTimestamp();
    int next, unfinished;

    /// <param name="texts">None is empty.</param>
    /// <param name="dimension">Length of a vector.</param>
    /// <param name="destination">Row-major [texts, dimension]; not normalized.</param>
    /// <param name="isBulk">Whether nobody waits for it: it is never refused, and does not count when others are.</param>
    public EncodeJob(IReadOnlyList<TokenizedText> texts, int dimension, Memory<float> destination, bool isBulk = false)
    {
        (this.texts, this.dimension, this.destination, IsBulk, unfinished) = (texts, dimension, destination, isBulk, texts.Count);
        order = new int[texts.Count];
        var lengths = new int[texts.Count];
        for (var i = 0; i < order.Length; i++)
        {
            (order[i], lengths[i]) = (i, -texts[i].Ids.Length);
            WaitingTokens += texts[i].Ids.Length;
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
    internal int NextLength => texts[order[next]].Ids.Length;

    internal QueuedText Take()
    {
        Waited ??= Stopwatch.GetElapsedTime(submitted);
        var text = new QueuedText(this, order[next++]);
        WaitingTokens -= text.Tokens.Ids.Length;
        return text;
    }

    internal TokenizedText Text(int index) => texts[index];

    internal void Finish(int index, ReadOnlySpan<float> vector)
    {
        vector.CopyTo(destination.Span[(index * dimension)..]);
        if (--unfinished == 0)
            done.TrySetResult();
    }

    internal void Fail(Exception error) => done.TrySetException(error);

    internal void Cancel(CancellationToken cancellation) => done.TrySetCanceled(cancellation);
}

/// <summary>One text of a job, in a batch.</summary>
readonly record struct QueuedText(EncodeJob Job, int Index)
{
    public TokenizedText Tokens => Job.Text(Index);
}
