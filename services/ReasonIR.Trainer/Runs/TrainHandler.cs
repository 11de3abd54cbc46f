using System.Globalization;
using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments.Runs;
using ReasonIR.Trainer.Data;
using ReasonIR.Trainer.StaticBase;

namespace ReasonIR.Trainer.Runs;

/// <summary>What an attempt decides and the next ones keep to.</summary>
/// <param name="VersionId">The dataset version.</param>
/// <param name="CorpusHash">Content of its corpus.</param>
public sealed record TrainingPlan(long VersionId, string CorpusHash);

/// <summary>A dataset version becomes a model. Weights and optimizer lie in the run's work folder, so a run whose worker was killed goes on exactly.</summary>
public sealed class TrainHandler(StaticModelBase scratch, ModelRegistry registry) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.Train;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<TrainSpec>();
        RunSpecs.ThrowIfInvalid(Kind, spec);
        var fromScratch = spec.Base == "static";
        if (!fromScratch)
            throw new NotSupportedException($"base: '{spec.Base}' is not supported; 'static' is.");
        IReadOnlyList<string> names = fromScratch && spec.KeepStart ? [spec.Model, ModelRegistry.StartOf(spec.Model)] : [spec.Model];
        var set = await PrepareAsync(run, spec, names, cancellation);
        await run.LogAsync($"Trains '{spec.Model}' from {spec.Base} on {set.Describe()}.");

        // The fence in the name: a worker that has lost the run may still be writing to its own.
        var output = Directory.CreateDirectory(Path.Combine(run.WorkFolder, $"output-{run.Run.Fence.ToString(CultureInfo.InvariantCulture)}")).FullName;
        var outcome = await scratch.TrainAsync(new(run, spec, set, output), cancellation);
        foreach (var model in outcome.Models)
        {
            var row = await registry.RegisterAsync(run, model, spec.Base, Metadata(spec, set, outcome, model), cancellation);
            await run.LogAsync($"Registered '{row.Name}' ({model.Role}): {row.Kind}, {row.Dimension} dimensions, revision {row.Revision[..12]}.");
        }
        await run.SetOutputAsync(new TrainOutput(
            spec.Model, outcome.Models.FirstOrDefault(model => model.Role == "start")?.Name, outcome.Steps, outcome.BestStep, outcome.Seconds, outcome.HeldOut, outcome.Settings), cancellation);
        await run.ReportProgressAsync(1, $"{outcome.Steps} steps, {outcome.Stopped}");
    }

    /// <summary>Refuses what cannot end well, fixes what the run trains on and records the inputs.</summary>
    static async Task<TrainingSet> PrepareAsync(RunContext run, TrainSpec spec, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        var plan = run.Checkpoint<TrainingPlan>();
        TrainingSet set;
        await using (var db = await run.ReadAsync(cancellation))
        {
            await ModelRegistry.RequireFreeAsync(db, run, names, cancellation);
            set = await TrainingSet.FindAsync(db, spec, plan?.VersionId, cancellation);
        }
        var now = new TrainingPlan(set.Version.Id, set.Corpus?.ContentHash ?? "");
        if (plan is not null && plan != now)
            throw new InvalidOperationException($"Corpus '{set.Corpus?.Name}' has changed since this run began; start it anew.");
        await run.SaveCheckpointAsync(now, cancellation: cancellation);
        await run.LinkAsync(LinkDirection.Input, "dataset", set.Version.Id, spec.Dataset, cancellation);
        if (set.Corpus is { } corpus)
            await run.LinkAsync(LinkDirection.Input, "corpus", corpus.Id, cancellation: cancellation);
        return set;
    }

    /// <summary>How the model was made, for whoever looks at it without its run.</summary>
    static string Metadata(TrainSpec spec, TrainingSet set, TrainingOutcome outcome, TrainedModel model) => JsonSerializer.Serialize(new
    {
        type = "f32",
        role = model.Role,
        training = new
        {
            dataset = set.Name, datasetVersion = set.Version.Version, datasetSpecHash = set.Version.SpecHash, datasetGenerator = set.Version.Generator,
            corpus = set.Corpus?.Name, corpusHash = set.Corpus?.ContentHash, @base = spec.Base, seed = spec.Seed,
            steps = model.Role == "start" ? 0 : outcome.Steps, bestStep = model.Role == "start" ? 0 : outcome.BestStep,
            startLoss = outcome.StartLoss, bestLoss = model.Role == "start" ? outcome.StartLoss : outcome.BestLoss,
            stopped = outcome.Stopped, seconds = outcome.Seconds, heldOut = model.Role == "start" ? null : outcome.HeldOut, settings = outcome.Settings,
        },
    }, ReasonIrJson.Web);
}
