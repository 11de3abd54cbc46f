using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Registration;

/// <summary>Takes an uploaded model folder into the artifact store, after it has shown that it can be opened and encodes.</summary>
public sealed class RegisterModelHandler(ArtifactStore artifacts) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.RegisterModel;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<RegisterModelSpec>();
        var upload = artifacts.Resolve($"uploads/{spec.UploadId}");
        if (!Directory.Exists(upload))
            throw new ArgumentException($"uploadId: there is no upload '{spec.UploadId}'; its files may have been taken by an earlier run.");
        EncoderDescription description;
        using (var encoder = ModelFolder.Open(upload))
        {
            description = encoder.Description;
            var vector = encoder.Encode(["A first text shows that the model works."], cancellationToken: cancellation);
            if (vector.Any(value => !float.IsFinite(value)))
                throw new InvalidDataException("The model encodes a plain text into a vector with values that are not finite.");
        }
        var (revision, bytes) = await FolderHash.ComputeAsync(upload, cancellation);
        var path = $"models/{spec.Name}-{revision[..12]}";
        await artifacts.CommitFolderAsync(upload, path, "model", run, cancellation);
        var id = await run.WriteAsync(async db =>
        {
            var model = await db.Models.SingleOrDefaultAsync(row => row.Name == spec.Name, cancellation);
            if (model is null)
                db.Models.Add(model = new() { Name = spec.Name, Kind = description.ModelType, Path = path, RunId = run.RunId });
            else if (model.Kind != description.ModelType)
                throw new ArgumentException($"name: model '{spec.Name}' is there already and of kind '{model.Kind}', not '{description.ModelType}'; choose another name.");
            (model.Path, model.Revision, model.Dimension, model.MaxTokens, model.Pooling, model.WeightsHash, model.TokenizerHash) =
                (path, revision, description.Dimension, description.MaxTokens == int.MaxValue ? 0 : description.MaxTokens, description.Pooling, description.WeightsHash, description.TokenizerHash);
            await db.SaveChangesAsync(cancellation);
            return model.Id;
        }, cancellation);
        await run.LinkAsync(LinkDirection.Output, "model", id, cancellation: cancellation);
        await run.LogAsync($"Registered {spec.Name}: {description.ModelType}, {description.Dimension} dimensions, {bytes / 1048576.0:N1} MiB.");
    }
}
