using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Torch;
using ReasonIR.Trainer.Data;
using ReasonIR.Trainer.Estimating;
using ReasonIR.Trainer.Evaluating;
using ReasonIR.Trainer.Runs;
using ReasonIR.Trainer.TinyBase;
using ReasonIR.Trainer.Workers;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Data;
using ReasonIR.Training.Distributed;

namespace ReasonIR.Trainer.TransformerBase;

/// <summary>Trains a transformer over libtorch: a registered Hugging Face or sentence-transformers model, or <c>tiny</c> from scratch.</summary>
public sealed class TransformerModelBase(SourceReader sources, SampleReader samples, TinyTexts tiny, TrainingGate gate, ModelRoots roots) : IModelBase
{
    /// <summary>Batches that are looked at before the start.</summary>
    const int Looked = 8;

    /// <inheritdoc/>
    public async Task<TrainingOutcome> TrainAsync(TrainingJob job, CancellationToken cancellation)
    {
        var (run, spec) = (job.Run, job.Spec);
        TorchRuntime.Status.Require();
        if (spec.Data.Steps == 0)
            throw new ArgumentException("data.steps: expected 1 or more for a transformer base, found 0; the base itself is the untrained model.");
        var folder = job.Base is { } model ? roots.Resolve(model.Path) : await MakeAsync(job, cancellation);
        await run.ReportProgressAsync(null, "reading the data");
        var from = BaseFolder.Open(folder, spec.From.PoolPrompt);
        using var batches = await sources.OpenAsync(run, spec, job.Sets, from.Tokens, from.Folder.Prompts, cancellation);
        var settings = RecipeSettings.Of(spec, from.Folder.Path, from.Folder.Prompts, RecipeSettings.Steps(spec, batches.StepsPerEpoch));
        var written = RecipeSettings.Written(spec, settings);
        await run.LogAsync($"Settings: {string.Join(", ", written.Select(pair => $"{pair.Key} {pair.Value}"))}.");
        await run.LogAsync($"{batches.PerEpoch.Sum(count => (long)count):N0} examples an epoch, {settings.MaxSteps:N0} steps; libtorch {TorchRuntime.Status.Version}, {TorchRuntime.Status.Threads} threads.");
        if (await batches.LeftOutAsync() is > 0 and var left)
            await run.LogAsync(RunLogLevel.Warning, $"{left:N0} examples of an epoch fit into no batch: they share query or positive with too many others, or are a rest too small for one.");
        await RequireMemoryAsync(job, from, batches, cancellation);
        await run.ReportProgressAsync(0, "loading the model");

        var log = new StepWriter(new(run), ids => from.Tokens.Tokenizer.Decode(ids));
        var evaluator = await EvaluatorAsync(job, from, log, cancellation);
        var trained = new TrainedModel(spec.Output.Name, Path.Combine(job.Folder.Output, "trained"), "trained");
        using var held = await gate.EnterAsync(cancellation);
        var result = await RunAsync(job, settings, from, batches, log, trained.Folder, new(evaluator is null ? null : evaluator.Evaluate), cancellation);
        var stopped = result.End switch
        {
            TrainingEnd.TimeLimit => "time limit",
            TrainingEnd.NoImprovement => "no improvement",
            _ => spec.Data.Steps == settings.MaxSteps ? "step limit" : "end of the epochs",
        };
        await run.LogAsync(FormattableString.Invariant($"{result.Steps} steps in {result.Seconds:F1} s ({stopped}); mean loss {result.MeanLoss:F4}{(log.Waiting is { } waiting ? $"; {waiting:P2} of the steps' time was waiting for batches" : "")}."));
        // Adapters alone have no modules, and no card of a model.
        if (File.Exists(Path.Combine(trained.Folder, "modules.json")))
            TrainedCard.Of(spec, job.Sets, written, result).Write(trained.Folder);
        var start = job.Base is null && spec.From.KeepsStart ? new TrainedModel(ModelRegistry.StartOf(spec.Output.Name), Copy(folder, Path.Combine(job.Folder.Output, "start")), "start") : null;
        return new(start is null ? [trained] : [start, trained], result.Steps, result.BestStep ?? result.Steps, result.Seconds, stopped, written);
    }

    /// <summary>The steps, in this process or in several.</summary>
    static async Task<ContrastiveTrainingResult> RunAsync(
        TrainingJob job, ContrastiveTrainingSpec settings, BaseFolder from, MixtureBatches batches, StepWriter log, string output, TrainingHooks hooks, CancellationToken cancellation)
    {
        var workers = job.Spec.Scale?.Workers ?? 1;
        if (workers > 1)
            settings = settings with { Threads = settings.Threads ?? Math.Max(1, Environment.ProcessorCount / workers) };
        using var team = workers > 1
            ? await WorkerTeam.StartAsync(workers, new(settings, batches.StepsPerEpoch, batches.Fingerprint, job.Folder.Checkpoint, output, RecipeSettings.Collective(job.Spec)), batches, Path.GetDirectoryName(job.Folder.Checkpoint)!, cancellation) : null;
        if (team is not null)
        {
            await job.Run.LogAsync($"{workers} processes of {settings.Threads} threads each.");
            await job.Run.LogAsync($"Vectors and gradients travel by {team.Group.Transport}.");
        }
        try
        {
            return await ContrastiveTrainer.TrainAsync(settings, tokens => tokens.Hash == from.Tokens.Hash && tokens.MaxTokens == from.Tokens.MaxTokens ? team?.Batches ?? batches
                : throw new InvalidOperationException($"The tokenizer reads {tokens.MaxTokens} tokens; the data were cut for {from.Tokens.MaxTokens}."),
                log, job.Folder.Checkpoint, output, cancellation, hooks, team?.Group);
        }
        catch (WorkerLostException lost) when (team is not null)
        {
            cancellation.ThrowIfCancellationRequested();
            throw await team.ExplainAsync(lost);
        }
    }

    /// <summary>Refuses what cannot fit, by the batches as they come.</summary>
    static async Task RequireMemoryAsync(TrainingJob job, BaseFolder from, MixtureBatches batches, CancellationToken cancellation)
    {
        var some = new List<ContrastiveBatch>();
        for (var step = 0; step < Math.Min(Looked, batches.StepsPerEpoch); step++)
            some.Add(await batches.ReadAsync(step, cancellation));
        var shape = BatchShape.Of(some);
        var scale = job.Spec.Scale ?? new();
        var trainable = MemoryEstimate.Trainable(from.Shape, scale);
        var memory = MemoryEstimate.Of(from.Shape, trainable, scale, shape);
        var estimate = TrainEstimator.Fits(job.Spec, new("", from.Shape.Parameters, trainable, 0, 0, shape.PerQuery, shape.PerPassage, shape.Tokens, shape.InFlight(scale), memory, memory.Sum(part => part.Bytes), 0, "", null, null, null, null, [], []));
        await job.Run.LogAsync(FormattableString.Invariant($"A batch has about {shape.Tokens:N0} tokens. Memory: about {estimate.MemoryBytes / 1048576.0:N0} MiB of {estimate.AvailableBytes / 1048576.0:N0} {estimate.AvailableFrom} ({string.Join(", ", memory.Select(part => $"{part.Name} {part.Bytes / 1048576.0:N0}"))})."));
        if (estimate.Refusals.Count > 0)
            throw new ArgumentException(string.Join(" ", estimate.Refusals));
    }

    /// <summary>What evaluates the model during the run; null where the recipe asks for nothing.</summary>
    async Task<RunEvaluator?> EvaluatorAsync(TrainingJob job, BaseFolder from, StepWriter log, CancellationToken cancellation)
    {
        if (job.Spec.Evaluation is not { Steps: not null } evaluation)
            return null;
        var read = await samples.ReadAsync(evaluation, job.Spec.Seed, cancellation);
        foreach (var sample in read)
            await job.Run.LogAsync($"Evaluates on {sample.Name}: {sample.Queries.Count:N0} queries, {sample.Documents.Count:N0} of {sample.CorpusSize:N0} documents.");
        return new(read, SourceSettings.Of(job.Spec.Data, job.Spec.Data.Sources[0], from.Folder.Prompts), read.Count > 1 ? log.Evaluated : (_, _, _) => { });
    }

    /// <summary>The untrained <c>tiny</c>, in the run's own folder: the same for all its attempts.</summary>
    async Task<string> MakeAsync(TrainingJob job, CancellationToken cancellation)
    {
        var folder = Path.Combine(job.Run.WorkFolder, BaseSection.TinyLlama);
        var size = TinySize.Of(job.Spec.From.Tiny);
        await job.Run.ReportProgressAsync(null, "learning the vocabulary");
        using var held = await gate.EnterAsync(cancellation);
        var tokens = await Task.Factory.StartNew(() => TinyFolder.Make(folder, tiny.Read(job.Sets, cancellation), size, job.Spec.Seed, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await job.Run.LogAsync($"tiny: {size.Layers} layers, hidden {size.Hidden}, {size.Heads} heads, intermediate {size.Intermediate}, a vocabulary of {tokens:N0} tokens, {size.Parameters(tokens):N0} parameters.");
        return folder;
    }

    static string Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
        return to;
    }
}
