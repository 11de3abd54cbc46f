namespace ReasonIR.Training.Contrastive;

/// <summary>
/// The batches of a run. A batch is a function of its step alone, so that a resumed run, and every process of a data-parallel one, sees
/// the same. Asked from one thread at a time, mostly for a step and then the next; the trainer asks ahead while a step is computed.
/// </summary>
public interface IBatchSource
{
    /// <summary>Steps that one pass over the data takes.</summary>
    int StepsPerEpoch { get; }

    /// <summary>Names the data, their version and how they are drawn: a checkpoint is resumed only with the same.</summary>
    string Fingerprint { get; }

    /// <summary>The batch of a step, from 0, across epochs.</summary>
    ValueTask<ContrastiveBatch> ReadAsync(int step, CancellationToken cancellationToken);
}
