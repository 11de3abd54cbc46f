using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Trainer.Data;
using ReasonIR.Trainer.StaticBase;
using ReasonIR.Trainer.TransformerBase;

namespace ReasonIR.Trainer.Runs;

/// <summary>What the first attempt decides and the others keep to.</summary>
/// <param name="VersionId">The dataset version.</param>
/// <param name="CorpusHash">Content of its corpus.</param>
/// <param name="BaseRevision">Of the model that training starts from; empty: from scratch.</param>
public sealed record TrainingPlan(long VersionId, string CorpusHash, string BaseRevision);

/// <summary>A dataset version becomes a model. Weights and optimizer lie in the run's work folder, so a run whose worker was killed goes on exactly.</summary>
public sealed class TrainHandler(StaticModelBase scratch, TransformerModelBase transformer, ModelRegistry registry) : IRunHandler
{
    const string Scratch = "static";

    /// <inheritdoc/>
    public string Kind => RunKinds.Train;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<TrainSpec>();
        RunSpecs.ThrowIfInvalid(Kind, spec);
        var (set, from) = await PrepareAsync(run, spec, cancellation);
        await run.LogAsync($"Trains '{spec.Model}' from {spec.Base} on {set.Describe()}.");

        IModelBase training = from is null ? scratch : transformer;
        var outcome = await training.TrainAsync(new(run, spec, set, from, AttemptFolder.Open(run)), cancellation);
        foreach (var model in outcome.Models)
        {
            var row = await registry.RegisterAsync(run, model, spec.Base, Metadata(set, from, spec, outcome, model), cancellation);
            await run.LogAsync($"Registered '{row.Name}' ({model.Role}): {row.Kind}, {row.Dimension} dimensions, revision {row.Revision[..12]}.");
        }
        await run.SetOutputAsync(new TrainOutput(
            spec.Model, outcome.Models.FirstOrDefault(model => model.Role == "start")?.Name, outcome.Steps, outcome.BestStep, outcome.Seconds, outcome.HeldOut, outcome.Settings), cancellation);
        await run.ReportProgressAsync(1, $"{outcome.Steps} steps, {outcome.Stopped}");
    }

    /// <summary>Refuses what cannot end well, fixes what the run trains on and records the inputs.</summary>
    static async Task<(TrainingSet Set, Model? From)> PrepareAsync(RunContext run, TrainSpec spec, CancellationToken cancellation)
    {
        var plan = run.Checkpoint<TrainingPlan>();
        TrainingSet set;
        Model? from;
        await using (var db = await run.ReadAsync(cancellation))
        {
            string[] names = spec is { Base: Scratch, KeepStart: true } ? [spec.Model, ModelRegistry.StartOf(spec.Model)] : [spec.Model];
            await ModelRegistry.RequireFreeAsync(db, run, names, cancellation);
            from = spec.Base == Scratch ? null : await BaseAsync(db, spec.Base, cancellation);
            set = await TrainingSet.FindAsync(db, spec, plan?.VersionId, cancellation);
        }
        var now = new TrainingPlan(set.Version.Id, set.Corpus?.ContentHash ?? "", from?.Revision ?? "");
        if (plan is not null && plan != now)
            throw new InvalidOperationException(
                $"{(plan.CorpusHash == now.CorpusHash ? $"Model '{spec.Base}'" : $"Corpus '{set.Corpus?.Name}'")} has changed since this run began; start it anew.");
        await run.SaveCheckpointAsync(now, cancellation: cancellation);
        await run.LinkAsync(LinkDirection.Input, "dataset", set.Version.Id, spec.Dataset, cancellation);
        if (set.Corpus is { } corpus)
            await run.LinkAsync(LinkDirection.Input, "corpus", corpus.Id, cancellation: cancellation);
        if (from is not null)
            await run.LinkAsync(LinkDirection.Input, "model", from.Id, "base", cancellation);
        return (set, from);
    }

    static async Task<Model> BaseAsync(ExperimentsDb db, string name, CancellationToken cancellation)
    {
        var model = await db.Models.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellation)
            ?? throw new ArgumentException($"base: there is no model '{name}'; register it first, or use '{Scratch}' to train from scratch.");
        return model.Kind != "static" ? model
            : throw new ArgumentException($"base: '{name}' is a static encoder, which cannot be trained further; use '{Scratch}' to train one from scratch.");
    }

    /// <summary>How the model was made, for whoever looks at it without its run.</summary>
    static string Metadata(TrainingSet set, Model? from, TrainSpec spec, TrainingOutcome outcome, TrainedModel model)
    {
        var trained = model.Role == "trained";
        return JsonSerializer.Serialize(new
        {
            type = "f32",
            role = model.Role,
            training = new
            {
                dataset = set.Name, datasetVersion = set.Version.Version, datasetSpecHash = set.Version.SpecHash, datasetGenerator = set.Version.Generator,
                corpus = set.Corpus?.Name, corpusHash = set.Corpus?.ContentHash, @base = spec.Base, baseRevision = from?.Revision, seed = spec.Seed,
                steps = trained ? outcome.Steps : 0, bestStep = trained ? outcome.BestStep : 0,
                startLoss = outcome.StartLoss, bestLoss = trained ? outcome.BestLoss : outcome.StartLoss,
                stopped = trained ? outcome.Stopped : null, seconds = trained ? outcome.Seconds : (double?)null,
                heldOut = trained ? outcome.HeldOut : null, settings = outcome.Settings,
            },
        }, ReasonIrJson.Web);
    }
}
