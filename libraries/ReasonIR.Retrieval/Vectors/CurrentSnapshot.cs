namespace ReasonIR.Retrieval.Vectors;

/// <summary>The state of an index that is read while others replace it: what a reader holds stays mapped until it lets go. Thread-safe.</summary>
sealed class CurrentSnapshot(string index, IndexSnapshot first) : IDisposable
{
    IndexSnapshot? state = first;

    /// <exception cref="ObjectDisposedException">The index is closed.</exception>
    public IndexSnapshot Value => Volatile.Read(ref state) ?? throw new ObjectDisposedException(index);

    /// <summary>Puts the next state in place; closes the segments that it does not have. One at a time.</summary>
    public void Replace(IndexSnapshot next)
    {
        var former = Value;
        Volatile.Write(ref state, next);
        former.Close(except: next);
    }

    /// <summary>The state, whose segments stay mapped until the second is disposed.</summary>
    public (IndexSnapshot Snapshot, IndexSnapshot.HeldSegments Held) Hold()
    {
        while (true)
        {
            var snapshot = Value;
            try
            {
                return (snapshot, snapshot.Hold());
            }
            // It was replaced between the two lines.
            catch (ObjectDisposedException) when (Value != snapshot)
            {
            }
        }
    }

    public void Dispose() => Interlocked.Exchange(ref state, null)?.Close();
}
