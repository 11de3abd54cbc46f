namespace ReasonIR.Encoder.Batching;

/// <summary>
/// The jobs of one queue that have texts waiting. They take turns: each puts at most a quarter of a batch into it before the next one's
/// turn, so that a single text is in the next batch or the one after, however much a bulk job has waiting. Not thread-safe.
/// </summary>
/// <param name="batchTokens">Tokens of a batch; a longer text is a batch by itself.</param>
/// <param name="mostTokens">Tokens that may wait, those of bulk jobs left out.</param>
sealed class JobTurns<T>(int batchTokens, long mostTokens)
{
    readonly LinkedList<BatchJob<T>> turns = new();

    /// <summary>Jobs that wait.</summary>
    public int Jobs => turns.Count;

    /// <summary>Texts that are in no batch yet, those of bulk jobs too.</summary>
    public int AllTexts => turns.Sum(job => job.WaitingTexts);

    /// <summary>Tokens of <see cref="AllTexts"/>.</summary>
    public long AllTokens => turns.Sum(job => job.WaitingTokens);

    /// <summary>Texts that somebody waits for.</summary>
    public int Texts { get; private set; }

    /// <summary>Tokens of <see cref="Texts"/>.</summary>
    public long Tokens { get; private set; }

    /// <summary>Whether as many tokens wait as may.</summary>
    public bool IsFull => Tokens >= mostTokens;

    /// <summary>Whether a job may wait here: a bulk job always, any where nothing waits.</summary>
    public bool HasRoomFor(BatchJob<T> job) => job.IsBulk || Tokens == 0 || Tokens + job.WaitingTokens <= mostTokens;

    /// <summary>Puts a job at the end; returns its turn, for <see cref="Remove"/>.</summary>
    public LinkedListNode<BatchJob<T>> Add(BatchJob<T> job)
    {
        Count(job, +1);
        return turns.AddLast(job);
    }

    /// <summary>Takes a job out; false where all its texts have gone.</summary>
    public bool Remove(LinkedListNode<BatchJob<T>> turn)
    {
        if (turn.List is null)
            return false;
        Count(turn.Value, -1);
        turns.Remove(turn);
        return true;
    }

    /// <summary>Makes the next batch: a share of each job in turn while there is room.</summary>
    public void Fill(List<QueuedText<T>> batch)
    {
        batch.Clear();
        var share = Math.Max(1, batchTokens / 4);
        var left = batchTokens;
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

    /// <summary>Ends all jobs.</summary>
    public void FailAll(Exception error)
    {
        foreach (var job in turns)
            job.Fail(error);
        turns.Clear();
        (Texts, Tokens) = (0, 0);
    }

    void Count(BatchJob<T> job, int sign)
    {
        if (job.IsBulk)
            return;
        Tokens += sign * job.WaitingTokens;
        Texts += sign * job.WaitingTexts;
    }
}
