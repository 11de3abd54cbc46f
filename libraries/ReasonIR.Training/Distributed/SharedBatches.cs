using System.Threading.Channels;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Training.Distributed;

/// <summary>The batches of a run's first process, which alone reads the data; what it reads it sends to the others.</summary>
/// <param name="source">Its maker's to dispose of.</param>
/// <param name="workers">What the others read from, see <see cref="ReceivedBatches"/>.</param>
public sealed class SharedBatches(IBatchSource source, IReadOnlyList<Stream> workers) : IBatchSource
{
    public int StepsPerEpoch => source.StepsPerEpoch;

    public string Fingerprint => source.Fingerprint;

    /// <summary>Reads to the end whatever is canceled meanwhile: the processes stop together, between two steps.</summary>
    /// <exception cref="WorkerLostException">A process no longer reads.</exception>
    public async ValueTask<ContrastiveBatch> ReadAsync(int step, CancellationToken cancellationToken)
    {
        var batch = await source.ReadAsync(step, CancellationToken.None);
        var bytes = BatchWire.Write(step, batch);
        try
        {
            await Task.WhenAll(workers.Select(async worker =>
            {
                await worker.WriteAsync(bytes, CancellationToken.None);
                await worker.FlushAsync(CancellationToken.None);
            }));
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            throw new WorkerLostException($"A worker no longer takes batches: {error.Message}", error);
        }
        return batch;
    }
}

/// <summary>The batches of a run's other processes, in the order in which the first one sends them.</summary>
public sealed class ReceivedBatches : IBatchSource
{
    /// <summary>The trainer asks one step ahead.</summary>
    const int Waiting = 2;

    readonly Channel<(int Step, ContrastiveBatch Batch)> arrived = Channel.CreateBounded<(int, ContrastiveBatch)>(Waiting);

    /// <param name="from">Read from now on, so that its end is noticed at once.</param>
    /// <param name="closed">Called when the first process is gone.</param>
    public ReceivedBatches(Stream from, int stepsPerEpoch, string fingerprint, Action closed)
    {
        (StepsPerEpoch, Fingerprint) = (stepsPerEpoch, fingerprint);
        _ = Task.Run(async () =>
        {
            try
            {
                while (await BatchWire.ReadAsync(from, CancellationToken.None) is { } batch)
                    await arrived.Writer.WriteAsync(batch);
                closed();
                arrived.Writer.Complete(new WorkerLostException("The first process of the run is gone."));
            }
            catch (Exception error)
            {
                arrived.Writer.Complete(error);
            }
        });
    }

    public int StepsPerEpoch { get; }

    public string Fingerprint { get; }

    /// <exception cref="WorkerLostException">The first process is gone.</exception>
    public async ValueTask<ContrastiveBatch> ReadAsync(int step, CancellationToken cancellationToken)
    {
        try
        {
            var (sent, batch) = await arrived.Reader.ReadAsync(cancellationToken);
            return sent == step ? batch : throw new InvalidDataException($"The batch of step {sent + 1} came; that of step {step + 1} was expected.");
        }
        catch (ChannelClosedException error) when (error.InnerException is { } inner)
        {
            throw inner;
        }
    }
}
