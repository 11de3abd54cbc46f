using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Encoder.Registration;

/// <summary>An upload that has shown what it is; saved before it is moved, so that a killed run does not look for it at its former place.</summary>
public sealed record CheckedModel(string Path, string Revision, long Bytes, ModelFacts Facts);

/// <summary>Takes an uploaded model folder into the artifact store, after it has shown that it can be opened and encodes.</summary>
public sealed class RegisterModelHandler(ArtifactStore artifacts, ModelRegistrar registrar) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.RegisterModel;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<RegisterModelSpec>();
        var place = $"uploads/{spec.UploadId}";
        var upload = artifacts.Resolve(place);
        var found = run.Checkpoint<CheckedModel>();
        if (found is null || Directory.Exists(upload))
        {
            if (!Directory.Exists(upload))
                throw new ArgumentException($"uploadId: there is no upload '{spec.UploadId}'; its files may have been taken by an earlier run.");
            found = await CheckAsync(run, spec, place, upload, cancellation);
            await run.SaveCheckpointAsync(found, db => ModelRegistrar.FindAsync(db.Models, spec.Name, found.Facts, cancellation), cancellation);
            await artifacts.CommitFolderAsync(upload, found.Path, "model", run, cancellation);
        }
        await registrar.WriteAsync(run, spec.Name, found.Path, (found.Revision, found.Bytes), found.Facts, spec.Serving,
            spec.Source is null ? null : new JsonObject { ["upload"] = spec.Source }, cancellation);
    }

    async Task<CheckedModel> CheckAsync(RunContext run, RegisterModelSpec spec, string place, string upload, CancellationToken cancellation)
    {
        try
        {
            // The upload lies as deep in the store as the model will: the path to the base is the same from both.
            if (spec.Base is not null)
                AdapterBase.Set(artifacts, place, await BaseAsync(run, spec.Base, cancellation));
            else if (AdapterBase.IsNeeded(upload))
                throw new ArgumentException("base: the folder holds an adapter alone; name the registered model that it belongs to.");
            var facts = await registrar.CheckAsync(spec.Name, place, spec.Serving, cancellation);
            var (revision, bytes) = await FolderHash.ComputeAsync(upload, cancellation);
            return new($"models/{spec.Name}-{revision[..12]}", revision, bytes, facts);
        }
        catch (Exception e) when (e.Message.Contains(upload, StringComparison.Ordinal))
        {
            // The user knows the files by the names they were uploaded under.
            throw new InvalidDataException(e.Message.Replace(upload + Path.DirectorySeparatorChar, "").Replace(upload, "the folder"), e);
        }
    }

    static async Task<string> BaseAsync(RunContext run, string name, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var basis = await db.Models.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellation) ?? throw new ArgumentException($"base: there is no model '{name}'.");
        await run.LinkAsync(LinkDirection.Input, "model", basis.Id, "base", cancellation);
        return basis.Path;
    }
}
