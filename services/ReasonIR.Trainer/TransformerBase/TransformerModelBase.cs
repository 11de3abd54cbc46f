using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Torch;
using ReasonIR.Trainer.Data;
using ReasonIR.Trainer.Runs;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Trainer.TransformerBase;

/// <summary>Fine-tunes a registered Hugging Face or sentence-transformers model over libtorch.</summary>
public sealed class TransformerModelBase(SourceReader sources, ModelRoots roots) : IModelBase
{
    /// <inheritdoc/>
    public async Task<TrainingOutcome> TrainAsync(TrainingJob job, CancellationToken cancellation)
    {
        var (run, spec) = (job.Run, job.Spec);
        TorchRuntime.Status.Require();
        if (spec.Data.Steps == 0)
            throw new ArgumentException("data.steps: expected 1 or more for a transformer base, found 0; the base itself is the untrained model.");
        await run.ReportProgressAsync(null, "reading the data");
        var from = BaseFolder.Open(roots.Resolve(job.Base!.Path), spec.From.PoolPrompt);
        var batches = await sources.OpenAsync(run, spec, job.Sets, from.Tokens, from.Folder.Prompts, cancellation);
        try
        {
            var settings = TransformerSettings.Of(spec, from, batches.StepsPerEpoch);
            var written = TransformerSettings.Written(spec, settings);
            await run.LogAsync($"Settings: {string.Join(", ", written.Select(pair => $"{pair.Key} {pair.Value}"))}.");
            await run.LogAsync($"{batches.PerEpoch.Sum(count => (long)count):N0} examples an epoch, {settings.MaxSteps:N0} steps; libtorch {TorchRuntime.Status.Version}, {TorchRuntime.Status.Threads} threads.");
            if (await batches.LeftOutAsync() is > 0 and var left)
                await run.LogAsync(RunLogLevel.Warning, $"{left:N0} examples of an epoch fit into no batch: they share query or positive with too many others, or are a rest too small for one.");
            await run.ReportProgressAsync(0, "loading the model");

            var trained = new TrainedModel(spec.Output.Name, Path.Combine(job.Folder.Output, "trained"), "trained");
            var result = await ContrastiveTrainer.TrainAsync(settings, tokens => tokens.Hash == from.Tokens.Hash && tokens.MaxTokens == from.Tokens.MaxTokens ? batches
                : throw new InvalidOperationException($"The tokenizer reads {tokens.MaxTokens} tokens; the data were cut for {from.Tokens.MaxTokens}."),
                new StepWriter(new(run)), job.Folder.Checkpoint, trained.Folder, cancellation);
            var stopped = result.End switch
            {
                TrainingEnd.TimeLimit => "time limit",
                TrainingEnd.NoImprovement => "no improvement",
                _ => spec.Data.Steps == settings.MaxSteps ? "step limit" : "end of the epochs",
            };
            await run.LogAsync(FormattableString.Invariant($"{result.Steps} steps in {result.Seconds:F1} s ({stopped}); mean loss {result.MeanLoss:F4}."));
            return new([trained], result.Steps, result.BestStep ?? result.Steps, result.Seconds, stopped, written);
        }
        finally
        {
            batches.Dispose();
        }
    }
}
