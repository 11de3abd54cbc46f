using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Models;

namespace ReasonIR.Trainer.Runs;

/// <summary>Puts trained models where the other services find them.</summary>
public sealed class ModelRegistry(ArtifactStore artifacts)
{
    /// <summary>What the untrained start of a model is called.</summary>
    public static string StartOf(string model) => $"{model}-start";

    /// <summary>Refuses names that another run's model has, before any work is done.</summary>
    /// <exception cref="ArgumentException">A name is taken or cannot be a name.</exception>
    public static async Task RequireFreeAsync(ExperimentsDb db, RunContext run, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        if (names.SelectMany(name => SpecChecks.Name("model", name)).FirstOrDefault() is { } problem)
            throw new ArgumentException(problem);
        if (await db.Models.AsNoTracking().Where(row => names.Contains(row.Name) && row.RunId != run.RunId).FirstOrDefaultAsync(cancellation) is { } taken)
            throw new ArgumentException($"model: '{taken.Name}' is there already ({(taken.RunId is { } id ? $"made by run {id}" : "uploaded")}); choose another name.");
    }

    /// <summary>Checks that a finished folder opens and encodes, takes it into the artifact store and writes its row. May be repeated.</summary>
    /// <param name="metadata">A JSON object.</param>
    public async Task<Model> RegisterAsync(RunContext run, TrainedModel trained, string baseModel, string metadata, CancellationToken cancellation)
    {
        var description = Describe(trained.Folder, cancellation);
        var (revision, _) = await FolderHash.ComputeAsync(trained.Folder, cancellation);
        var path = $"models/{trained.Name}-{revision[..12]}";
        await artifacts.CommitFolderAsync(trained.Folder, path, "model", run, cancellation);
        var model = await run.WriteAsync(async db =>
        {
            await RequireFreeAsync(db, run, [trained.Name], cancellation);
            var row = await db.Models.SingleOrDefaultAsync(row => row.Name == trained.Name, cancellation);
            if (row is null)
                db.Models.Add(row = new() { Name = trained.Name, Kind = description.ModelType, Path = path, BaseModel = baseModel, RunId = run.RunId });
            (row.Path, row.Revision, row.Dimension, row.Pooling, row.Metadata) = (path, revision, description.Dimension, description.Pooling, metadata);
            row.MaxTokens = description.MaxTokens == int.MaxValue ? 0 : description.MaxTokens;
            (row.WeightsHash, row.TokenizerHash) = (description.WeightsHash, description.TokenizerHash);
            await db.SaveChangesAsync(cancellation);
            return row;
        }, cancellation);
        await run.LinkAsync(LinkDirection.Output, "model", model.Id, trained.Role, cancellation);
        return model;
    }

    static EncoderDescription Describe(string folder, CancellationToken cancellation)
    {
        using var encoder = ModelFolder.Open(folder);
        var vector = encoder.Encode(["A first text shows that the model works."], cancellationToken: cancellation);
        if (vector.Any(value => !float.IsFinite(value)))
            throw new InvalidDataException("The trained model encodes a plain text into a vector with values that are not finite.");
        return encoder.Description;
    }
}
