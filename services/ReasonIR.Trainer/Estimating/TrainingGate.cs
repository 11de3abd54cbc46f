namespace ReasonIR.Trainer.Estimating;

/// <summary>
/// libtorch's generator belongs to the process: whoever draws beside a run would change what the run draws. A run holds the gate while it
/// makes a random base and while it trains; a probe takes it only where it is free.
/// </summary>
public sealed class TrainingGate
{
    readonly SemaphoreSlim one = new(1);

    /// <summary>Waits for the gate.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellation)
    {
        await one.WaitAsync(cancellation);
        return new Held(one);
    }

    /// <summary>The gate, or null while a run has it.</summary>
    public IDisposable? TryEnter() => one.Wait(0) ? new Held(one) : null;

    sealed class Held(SemaphoreSlim gate) : IDisposable
    {
        int released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref released, 1) == 0)
                gate.Release();
        }
    }
}
