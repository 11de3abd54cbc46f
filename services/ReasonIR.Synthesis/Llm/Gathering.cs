namespace ReasonIR.Synthesis.Llm;

/// <summary>
/// Puts what many ask into one round trip. The first waits a moment, for those that ask with it; those that come while it is under way, or
/// shortly after, wait for each other, so that few hardly wait and many share the way. Each gets its own answer, or the error of its group.
/// Thread-safe.
/// </summary>
/// <param name="serve">Answers a group, in its order.</param>
/// <param name="apart">The pause between two round trips.</param>
/// <param name="most">The largest group.</param>
sealed class Gathering<TAsked, TAnswer>(Func<IReadOnlyList<TAsked>, Task<IReadOnlyList<TAnswer>>> serve, TimeSpan apart, int most)
{
    /// <summary>What is asked together is begun within this time.</summary>
    static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(2);

    readonly Lock gate = new();
    readonly Queue<(TAsked Asked, TaskCompletionSource<TAnswer> Answer)> waiting = [];
    bool serving;

    public Task<TAnswer> AskAsync(TAsked asked)
    {
        var answer = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            waiting.Enqueue((asked, answer));
            if (serving)
                return answer.Task;
            serving = true;
        }
        _ = ServeAsync();
        return answer.Task;
    }

    async Task ServeAsync()
    {
        await Task.Delay(Moment);
        while (Next() is { Count: > 0 } group)
        {
            try
            {
                var answers = await serve([.. group.Select(one => one.Asked)]);
                foreach (var (one, answer) in group.Zip(answers))
                    one.Answer.SetResult(answer);
            }
            catch (Exception error)
            {
                foreach (var one in group)
                    one.Answer.TrySetException(error);
            }
            await Task.Delay(apart);
        }
    }

    List<(TAsked Asked, TaskCompletionSource<TAnswer> Answer)> Next()
    {
        lock (gate)
        {
            var group = new List<(TAsked, TaskCompletionSource<TAnswer>)>();
            while (group.Count < most && waiting.TryDequeue(out var one))
                group.Add(one);
            serving = group.Count > 0;
            return group;
        }
    }
}
