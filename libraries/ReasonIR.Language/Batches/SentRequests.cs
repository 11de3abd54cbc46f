using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Batches;

/// <summary>Requests of this process that left its gathering, and wait in a batch of this process or of another. Thread-safe.</summary>
sealed class SentRequests
{
    readonly Lock gate = new();
    readonly Dictionary<string, BatchWaiter> waiters = [];

    public int Count
    {
        get { lock (gate) return waiters.Count; }
    }

    public IReadOnlyList<BatchWaiter> All
    {
        get { lock (gate) return [.. waiters.Values]; }
    }

    public IReadOnlyDictionary<string, BatchWaiter> ByHash
    {
        get { lock (gate) return new Dictionary<string, BatchWaiter>(waiters); }
    }

    public void Add(IReadOnlyList<BatchWaiter> sent)
    {
        lock (gate)
            foreach (var waiter in sent)
                waiters[waiter.Hash] = waiter;
    }

    /// <summary>Those that wait in a batch.</summary>
    public IReadOnlyList<BatchWaiter> Of(OpenBatch batch)
    {
        lock (gate)
            return [.. batch.Lines.Select(line => waiters.GetValueOrDefault(line.Hash)).OfType<BatchWaiter>()];
    }

    public void Remove(BatchWaiter waiter)
    {
        lock (gate)
            waiters.Remove(waiter.Hash);
    }

    /// <summary>Its answer is in the cache.</summary>
    public void Complete(BatchWaiter waiter)
    {
        Remove(waiter);
        waiter.Done.TrySetResult();
    }

    /// <summary>They get no answer; also those that were not sent yet.</summary>
    public void Fail(IReadOnlyList<BatchWaiter> failed, ChatException error)
    {
        foreach (var waiter in failed)
        {
            Remove(waiter);
            waiter.Done.TrySetException(error);
        }
    }
}
