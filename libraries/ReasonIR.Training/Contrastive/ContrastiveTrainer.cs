using System.Diagnostics;
using System.Text.Json;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using ReasonIR.Training.Losses;
using ReasonIR.Training.Schedules;
using TorchSharp;

namespace ReasonIR.Training.Contrastive;

/// <summary>How a run ended.</summary>
/// <param name="ResumedFrom">Steps that an earlier start of the run had done.</param>
/// <param name="MeanLoss">Over the steps of this start.</param>
/// <param name="Seconds">Of all starts.</param>
public sealed record ContrastiveTrainingResult(int Steps, int ResumedFrom, double MeanLoss, double Seconds);

/// <summary>
/// Fine-tunes a sentence model with InfoNCE over in-batch and hard negatives. A run is resumed from the checkpoint folder exactly: order,
/// draws and dropout depend on the seed and the step alone.
/// </summary>
public static class ContrastiveTrainer
{
    /// <summary>libtorch's generator belongs to the process: one run at a time uses it.</summary>
    static readonly SemaphoreSlim One = new(1);

    /// <summary>As the other, on a dataset's examples as they stand.</summary>
    public static Task<ContrastiveTrainingResult> TrainAsync(
        ContrastiveTrainingSpec spec, ITrainingData data, ITrainingLog log, string checkpointFolder, string outputFolder, CancellationToken cancellationToken = default, TrainingHooks? hooks = null) =>
        data.Count == 0
            ? throw new InvalidDataException($"There is nothing to train on: the data '{data.Fingerprint}' have no examples.")
            : TrainAsync(spec, tokens => new ExampleBatches(spec, data, tokens), log, checkpointFolder, outputFolder, cancellationToken, hooks);

    /// <param name="batches">Makes the batches for the base model's tokenizer.</param>
    /// <param name="checkpointFolder">A checkpoint found here is taken up; new ones are written here.</param>
    /// <param name="outputFolder">Created with the trained model, by renaming when it is whole; it must not exist.</param>
    /// <exception cref="TorchUnavailableException">libtorch is not there.</exception>
    /// <exception cref="InvalidDataException">The data are empty, or the model or a checkpoint is broken or of another run.</exception>
    /// <exception cref="OperationCanceledException">Canceled; a checkpoint of the last step is in the folder.</exception>
    public static async Task<ContrastiveTrainingResult> TrainAsync(
        ContrastiveTrainingSpec spec, Func<TextTokens, IBatchSource> batches, ITrainingLog log, string checkpointFolder, string outputFolder, CancellationToken cancellationToken = default, TrainingHooks? hooks = null)
    {
        spec.Validate();
        TorchRuntime.Status.Require();
        if (Directory.Exists(outputFolder))
            throw new IOException($"{outputFolder}: the output folder exists already.");
        await One.WaitAsync(cancellationToken);
        try
        {
            // Dispose scopes and gradient mode belong to a thread: the whole run has its own.
            return await Task.Factory.StartNew(() => Train(spec, batches, log, checkpointFolder, outputFolder, cancellationToken),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            One.Release();
        }
    }

    static ContrastiveTrainingResult Train(
        ContrastiveTrainingSpec spec, Func<TextTokens, IBatchSource> batches, ITrainingLog log, string checkpointFolder, string outputFolder, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var folder = SentenceTransformersFolder.Open(spec.BaseModel);
        var threads = torch.get_num_threads();
        using var scope = torch.NewDisposeScope();
        using var model = SentenceModel.Load(folder);
        var source = batches(TextTokens.Open(folder, model.Transformer));
        var steps = spec.MaxSteps ?? Math.Max(1, (int)Math.Ceiling(source.StepsPerEpoch * spec.Epochs));
        var schedule = new LearningRateSchedule(spec.Schedule ?? new(), spec.LearningRate, steps, LearningRateSchedule.WarmupSteps(spec.Warmup, steps));
        using var loop = new OptimizerLoop(model.named_parameters(), schedule, spec.WeightDecay, spec.MaxGradientNorm);
        var settings = JsonSerializer.Serialize(spec with { CheckpointSteps = 0, Threads = null, MaxSeconds = null, BaseModel = Path.GetFileName(folder.Path) }, JsonSerializerOptions.Web);
        var (resumed, earlier) = Checkpoint.Load(checkpointFolder, loop, settings, source.Fingerprint);
        if (resumed > 0)
            log.Message($"Resumed from the checkpoint of step {resumed}.");
        var options = new InfoNceOptions(spec.Temperature);
        var total = 0.0;
        try
        {
            if (spec.Threads is { } wanted)
                torch.set_num_threads(wanted);
            model.train();
            while (loop.Step < steps && !(earlier + clock.Elapsed.TotalSeconds >= spec.MaxSeconds))
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    Checkpoint.Save(checkpointFolder, loop, settings, source.Fingerprint, earlier + clock.Elapsed.TotalSeconds);
                    cancellationToken.ThrowIfCancellationRequested();
                }
                var started = Stopwatch.GetTimestamp();
                var batch = source.ReadAsync(loop.Step, cancellationToken).AsTask().GetAwaiter().GetResult();
                batch.Validate();
                torch.manual_seed((long)new SeededDraw(spec.Seed, loop.Step).Next());
                var (loss, norm, rate) = loop.Run(() => Loss(model, batch, options));
                total += loss;
                log.Report(new(loop.Step, steps, loss, norm, rate, batch.Queries.Count / Stopwatch.GetElapsedTime(started).TotalSeconds));
                if (spec.CheckpointSteps > 0 && loop.Step % spec.CheckpointSteps == 0 && loop.Step < steps)
                    Checkpoint.Save(checkpointFolder, loop, settings, source.Fingerprint, earlier + clock.Elapsed.TotalSeconds);
            }
        }
        finally
        {
            torch.set_num_threads(threads);
        }
        model.eval();
        var partial = $"{outputFolder.TrimEnd('/')}.partial-{Guid.NewGuid():N}";
        SentenceModelFolder.Save(model, folder, partial);
        Directory.Move(partial, outputFolder);
        return new(loop.Step, resumed, total / Math.Max(1, loop.Step - resumed), earlier + clock.Elapsed.TotalSeconds);
    }

    /// <summary>InfoNCE of the batch, a scalar with its gradient graph; queries and passages go through the model as one packed batch.</summary>
    static torch.Tensor Loss(SentenceModel model, ContrastiveBatch batch, InfoNceOptions options)
    {
        using var scope = torch.NewDisposeScope();
        var all = batch.Queries.Concat(batch.Passages).ToList();
        var vectors = model.Encode(PackedBatch.From([.. all.Select(t => t.Ids)]), model.IncludePrompt ? null : [.. all.Select(t => t.Prompt)]);
        return InfoNce.Loss(vectors.narrow(0, 0, batch.Queries.Count), vectors.narrow(0, batch.Queries.Count, batch.Passages.Count), batch.Groups, options).MoveToOuterDisposeScope();
    }
}
