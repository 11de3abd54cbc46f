using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using ReasonIR.Training.Distributed;

namespace ReasonIR.Training.Contrastive;

/// <summary>Why a run ended.</summary>
public enum TrainingEnd { AllSteps, TimeLimit, NoImprovement, Paused }

/// <summary>How a run ended.</summary>
/// <param name="Steps">Done, over all starts.</param>
/// <param name="ResumedFrom">Steps that an earlier start of the run had done.</param>
/// <param name="MeanLoss">Over the steps of all starts.</param>
/// <param name="Seconds">Of all starts.</param>
/// <param name="End">Paused: there is a checkpoint and no output.</param>
/// <param name="BestScore">The best evaluation; null: there was none.</param>
/// <param name="BestStep">Steps done at it.</param>
public sealed record ContrastiveTrainingResult(
    int Steps, int ResumedFrom, double MeanLoss, double Seconds, TrainingEnd End = TrainingEnd.AllSteps, double? BestScore = null, int? BestStep = null);

/// <summary>
/// Fine-tunes a sentence model with a contrastive loss. A run is resumed from the checkpoint folder exactly: order, draws and dropout depend
/// on the seed and the step alone. With a process group each process calls this with the same spec and data; the first one logs,
/// evaluates, writes checkpoints and the result.
/// </summary>
public static class ContrastiveTrainer
{
    /// <summary>libtorch's generator belongs to the process: one run at a time uses it.</summary>
    static readonly SemaphoreSlim One = new(1);

    /// <summary>As the other, on a dataset's examples as they stand.</summary>
    public static Task<ContrastiveTrainingResult> TrainAsync(
        ContrastiveTrainingSpec spec, ITrainingData data, ITrainingLog log, string checkpointFolder, string outputFolder, CancellationToken cancellationToken = default,
        TrainingHooks? hooks = null, IProcessGroup? processes = null) =>
        data.Count == 0
            ? throw new InvalidDataException($"There is nothing to train on: the data '{data.Fingerprint}' have no examples.")
            : TrainAsync(spec, tokens => new ExampleBatches(spec, data, tokens), log, checkpointFolder, outputFolder, cancellationToken, hooks, processes);

    /// <param name="batches">Makes the batches for the base model's tokenizer.</param>
    /// <param name="checkpointFolder">A checkpoint found here is taken up; new ones are written here. Shared by all processes.</param>
    /// <param name="outputFolder">Created with the trained model, by renaming when it is whole; it must not exist.</param>
    /// <param name="processes">The processes of a data-parallel run; null: this one alone. It is disposed when the run fails, so that the others end too.</param>
    /// <exception cref="ArgumentException">The spec has problems; the message names all.</exception>
    /// <exception cref="TorchUnavailableException">libtorch is not there.</exception>
    /// <exception cref="InvalidDataException">The data are empty, or the model or a checkpoint is broken or of another run.</exception>
    /// <exception cref="TrainingDivergedException">Loss or gradient is not finite, or the loss stays far above its median.</exception>
    /// <exception cref="WorkerLostException">Another process of the run ended.</exception>
    /// <exception cref="OperationCanceledException">Canceled; a checkpoint of the last step is in the folder.</exception>
    public static async Task<ContrastiveTrainingResult> TrainAsync(
        ContrastiveTrainingSpec spec, Func<TextTokens, IBatchSource> batches, ITrainingLog log, string checkpointFolder, string outputFolder, CancellationToken cancellationToken = default,
        TrainingHooks? hooks = null, IProcessGroup? processes = null)
    {
        spec.Validate();
        TorchRuntime.Status.Require();
        if (Directory.Exists(outputFolder))
            throw new IOException($"{outputFolder}: the output folder exists already.");
        await One.WaitAsync(cancellationToken);
        try
        {
            // Dispose scopes and gradient mode belong to a thread: the whole run has its own.
            return await Task.Factory.StartNew(
                () => new TrainingRun(spec, batches, log, hooks ?? new(), processes ?? SingleProcess.Instance, checkpointFolder, outputFolder, cancellationToken).Run(),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch when (processes is not null)
        {
            processes.Dispose();
            throw;
        }
        finally
        {
            One.Release();
        }
    }
}

/// <summary>A run that can no longer give a useful model.</summary>
/// <param name="step">The step, from 1.</param>
/// <param name="examples">The examples of its batch.</param>
/// <param name="checkpoint">The last checkpoint of a healthy run; null: there is none.</param>
public sealed class TrainingDivergedException(int step, string reason, IReadOnlyList<string> examples, string? checkpoint, Exception? inner = null)
    : InvalidOperationException(
        $"Step {step}: {reason}. The batch's examples: {string.Join(", ", examples.Take(Shown))}{(examples.Count > Shown ? $" and {examples.Count - Shown} more" : "")}. "
        + (checkpoint is null ? "There is no checkpoint." : $"The last good checkpoint is {checkpoint}."), inner)
{
    const int Shown = 64;

    public int Step => step;

    public IReadOnlyList<string> Examples => examples;

    public string? LastCheckpoint => checkpoint;
}
