using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Trainer.Data;

namespace ReasonIR.Trainer.Runs;

/// <summary>What the first attempt decides and the others keep to.</summary>
/// <param name="Versions">The dataset versions, in the order of the spec's sources; null in the checkpoints of earlier versions.</param>
/// <param name="CorpusHashes">Content of their corpora; empty for a version without one.</param>
/// <param name="BaseRevision">Of the model that training starts from; empty: from scratch.</param>
public sealed record TrainingPlan(IReadOnlyList<long>? Versions, IReadOnlyList<string> CorpusHashes, string BaseRevision)
{
    /// <summary>Whether training starts from nothing but the data.</summary>
    public static bool FromScratch(TrainSpec spec) => spec.From.Model is BaseSection.Scratch or BaseSection.TinyLlama;

    /// <summary>Refuses what cannot end well, fixes what the run trains on and records the inputs.</summary>
    public static async Task<(IReadOnlyList<TrainingSet> Sets, Model? From)> PrepareAsync(RunContext run, TrainSpec spec, CancellationToken cancellation)
    {
        var plan = run.Checkpoint<TrainingPlan>() is { Versions: not null } earlier ? earlier : null;
        var sets = new List<TrainingSet>();
        Model? from;
        await using (var db = await run.ReadAsync(cancellation))
        {
            string[] names = spec.From.KeepsStart ? [spec.Output.Name, ModelRegistry.StartOf(spec.Output.Name)] : [spec.Output.Name];
            await ModelRegistry.RequireFreeAsync(db, run, names, cancellation);
            from = FromScratch(spec) ? null : await BaseAsync(db, spec.From.Model, cancellation);
            foreach (var (place, source) in spec.Data.Sources.Index())
                sets.Add(await TrainingSet.FindAsync(db, source, $"data.sources[{place}]", plan?.Versions![place], cancellation));
        }
        var now = new TrainingPlan([.. sets.Select(set => set.Version.Id)], [.. sets.Select(set => set.Corpus?.ContentHash ?? "")], from?.Revision ?? "");
        if (plan is not null && plan.BaseRevision != now.BaseRevision)
            throw new InvalidOperationException($"Model '{spec.From.Model}' has changed since this run began; start it anew.");
        foreach (var (set, hash, other) in sets.Zip(now.CorpusHashes, plan?.CorpusHashes ?? now.CorpusHashes))
            if (hash != other)
                throw new InvalidOperationException($"Corpus '{set.Corpus?.Name}' has changed since this run began; start it anew.");
        await run.SaveCheckpointAsync(now, cancellation: cancellation);
        foreach (var set in sets)
        {
            await run.LinkAsync(LinkDirection.Input, "dataset", set.Version.Id, set.Name, cancellation);
            if (set.Corpus is { } corpus)
                await run.LinkAsync(LinkDirection.Input, "corpus", corpus.Id, cancellation: cancellation);
        }
        if (from is not null)
            await run.LinkAsync(LinkDirection.Input, "model", from.Id, "base", cancellation);
        return (sets, from);
    }

    /// <summary>The registered model that training starts from.</summary>
    public static async Task<Model> BaseAsync(ExperimentsDb db, string name, CancellationToken cancellation)
    {
        var model = await db.Models.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellation)
            ?? throw new ArgumentException($"base.model: there is no model '{name}'; register it first, or use '{BaseSection.Scratch}' or '{BaseSection.TinyLlama}' to train from scratch.");
        return model.Kind != "static" ? model
            : throw new ArgumentException($"base.model: '{name}' is a static encoder, which cannot be trained further; use '{BaseSection.Scratch}' to train one from scratch.");
    }
}
