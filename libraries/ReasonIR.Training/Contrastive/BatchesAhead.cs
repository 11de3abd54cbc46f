namespace ReasonIR.Training.Contrastive;

/// <summary>Reads the batch of the next step while the present one is computed.</summary>
sealed class BatchesAhead(IBatchSource source, CancellationToken cancellation) : IDisposable
{
    (int Step, Task<ContrastiveBatch> Batch)? ahead;

    public int StepsPerEpoch => source.StepsPerEpoch;

    public string Fingerprint => source.Fingerprint;

    /// <param name="isLast">Nothing is read ahead.</param>
    public ContrastiveBatch Read(int step, bool isLast)
    {
        if (ahead is { } other && other.Step != step)
            Settle();
        var batch = (ahead?.Batch ?? Start(step)).GetAwaiter().GetResult();
        ahead = isLast ? null : (step + 1, Start(step + 1));
        batch.Validate();
        return batch;
    }

    Task<ContrastiveBatch> Start(int step) => Task.Run(async () => await source.ReadAsync(step, cancellation), CancellationToken.None);

    /// <summary>What was read ahead and is not wanted: it may fail, but it must not run on.</summary>
    void Settle()
    {
        if (ahead is not { } reading)
            return;
        ahead = null;
        Task.WhenAny(reading.Batch).GetAwaiter().GetResult();
        _ = reading.Batch.Exception;
    }

    /// <summary>The source is its maker's to dispose of: afterwards nothing reads from it.</summary>
    public void Dispose() => Settle();
}
