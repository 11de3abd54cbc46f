using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Registration;

/// <summary>An upload that has shown what it is; saved before it is moved, so that a killed run does not look for it at its former place.</summary>
public sealed record CheckedModel(string Path, string Revision, long Bytes, EncoderDescription Description);

/// <summary>Takes an uploaded model folder into the artifact store, after it has shown that it can be opened and encodes.</summary>
public sealed class RegisterModelHandler(ArtifactStore artifacts, ModelCatalog catalog) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.RegisterModel;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<RegisterModelSpec>();
        var upload = artifacts.Resolve($"uploads/{spec.UploadId}");
        var found = run.Checkpoint<CheckedModel>();
        if (found is null || Directory.Exists(upload))
        {
            if (!Directory.Exists(upload))
                throw new ArgumentException($"uploadId: there is no upload '{spec.UploadId}'; its files may have been taken by an earlier run.");
            found = await CheckAsync(spec, upload, cancellation);
            await run.SaveCheckpointAsync(found, db => FindAsync(db.Models, spec, found.Description, cancellation), cancellation);
            await artifacts.CommitFolderAsync(upload, found.Path, "model", run, cancellation);
        }
        var description = found.Description;
        var id = await run.WriteAsync(async db =>
        {
            var model = await FindAsync(db.Models, spec, description, cancellation);
            if (model is null)
                db.Models.Add(model = new() { Name = spec.Name, Kind = description.ModelType, Path = found.Path, RunId = run.RunId });
            (model.Path, model.Revision, model.Dimension, model.MaxTokens, model.Pooling, model.WeightsHash, model.TokenizerHash) =
                (found.Path, found.Revision, description.Dimension, description.MaxTokens == int.MaxValue ? 0 : description.MaxTokens, description.Pooling, description.WeightsHash, description.TokenizerHash);
            await db.SaveChangesAsync(cancellation);
            return model.Id;
        }, cancellation);
        catalog.Forget();
        await run.LinkAsync(LinkDirection.Output, "model", id, cancellation: cancellation);
        await run.LogAsync($"Registered {spec.Name}: {description.ModelType}, {description.Dimension} dimensions, {found.Bytes / 1048576.0:N1} MiB.");
    }

    static async Task<CheckedModel> CheckAsync(RegisterModelSpec spec, string upload, CancellationToken cancellation)
    {
        EncoderDescription description;
        try
        {
            using var encoder = ModelFolder.Open(upload);
            description = encoder.Description;
            var vector = encoder.Encode(["A first text shows that the model works."], cancellationToken: cancellation);
            if (vector.Any(value => !float.IsFinite(value)))
                throw new InvalidDataException("The model encodes a plain text into a vector with values that are not finite.");
        }
        catch (Exception e) when (e.Message.Contains(upload, StringComparison.Ordinal))
        {
            // The user knows the files by the names they were uploaded under.
            throw new InvalidDataException(e.Message.Replace(upload + Path.DirectorySeparatorChar, "").Replace(upload, "the folder"), e);
        }
        var (revision, bytes) = await FolderHash.ComputeAsync(upload, cancellation);
        return new($"models/{spec.Name}-{revision[..12]}", revision, bytes, description);
    }

    /// <summary>The model that this one takes the place of, or null.</summary>
    /// <exception cref="ArgumentException">It is of another kind, or was trained here: its results would lie about their weights.</exception>
    static async Task<Model?> FindAsync(IQueryable<Model> models, RegisterModelSpec spec, EncoderDescription description, CancellationToken cancellation) =>
        await models.SingleOrDefaultAsync(row => row.Name == spec.Name, cancellation) switch
        {
            { BaseModel.Length: > 0 } trained => throw new ArgumentException($"name: model '{spec.Name}' was trained here (run {trained.RunId}); choose another name."),
            { } other when other.Kind != description.ModelType => throw new ArgumentException(
                $"name: model '{spec.Name}' is there already and of kind '{other.Kind}', not '{description.ModelType}'; choose another name."),
            var model => model,
        };
}
