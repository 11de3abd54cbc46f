using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Torch;
using ReasonIR.Trainer.Data;
using ReasonIR.Trainer.Runs;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Trainer.TransformerBase;

/// <summary>Fine-tunes a registered Hugging Face or sentence-transformers model over libtorch.</summary>
public sealed class TransformerModelBase(TrainingReader data, ModelRoots roots) : IModelBase
{
    /// <inheritdoc/>
    public async Task<TrainingOutcome> TrainAsync(TrainingJob job, CancellationToken cancellation)
    {
        var (run, spec) = (job.Run, job.Spec);
        TorchRuntime.Status.Require();
        await run.ReportProgressAsync(null, "reading the dataset");
        var examples = await ExamplesAsync(job, cancellation);
        if (examples.Count == 0)
            throw new ArgumentException($"data.sources[0]: version {job.Sets[0].Version.Version} of dataset '{job.Sets[0].Name}' gives no example with a positive; there is nothing to train on.");
        var settings = TransformerSettings.Of(spec, roots.Resolve(job.Base!.Path), (examples.Count + (spec.Data.BatchSize ?? 32) - 1) / (spec.Data.BatchSize ?? 32));
        var written = TransformerSettings.Written(spec, settings);
        await run.LogAsync($"Settings: {string.Join(", ", written.Select(pair => $"{pair.Key} {pair.Value}"))}.");
        await run.LogAsync($"{examples.Count:N0} examples, {settings.MaxSteps:N0} steps; libtorch {TorchRuntime.Status.Version}, {TorchRuntime.Status.Threads} threads.");
        await run.ReportProgressAsync(0, "loading the model");

        var trained = new TrainedModel(spec.Output.Name, Path.Combine(job.Folder.Output, "trained"), "trained");
        var result = await ContrastiveTrainer.TrainAsync(settings, examples, new StepWriter(new(run)), job.Folder.Checkpoint, trained.Folder, cancellation);
        var stopped = result.Steps < settings.MaxSteps ? "time limit" : spec.Data.Steps == settings.MaxSteps ? "step limit" : "end of the epochs";
        await run.LogAsync(FormattableString.Invariant($"{result.Steps} steps in {result.Seconds:F1} s ({stopped}); mean loss {result.MeanLoss:F4}."));
        return new([trained], result.Steps, result.Steps, result.Seconds, stopped, written);
    }

    async Task<ITrainingData> ExamplesAsync(TrainingJob job, CancellationToken cancellation)
    {
        var set = job.Sets[0];
        var rows = await data.RowsAsync(set, cancellation);
        var fingerprint = $"{set.Name} version {set.Version.Version} {set.Version.SpecHash} {set.Corpus?.ContentHash}";
        if (set.Strategy is not { } strategy)
            return new StoredExamples(rows, fingerprint);
        var how = strategy.Extractive ?? new();
        var corpus = await data.CorpusAsync(set.Corpus!, cancellation);
        return new StrategyExamples(corpus.ForPairs(), rows, new(how.TitleShare, how.KeepSentence), (long)new SeededDraw(strategy.Seed, job.Spec.Seed).Next(), fingerprint);
    }
}
