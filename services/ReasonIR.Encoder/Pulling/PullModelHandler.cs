using System.Diagnostics;
using System.Text.Json.Nodes;
using ReasonIR.Contracts.Runs;
using ReasonIR.Encoder.Registration;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Runs;
using ReasonIR.ServiceDefaults.Hub;

namespace ReasonIR.Encoder.Pulling;

/// <summary>
/// Downloads a repository of the model hub into the artifact store and registers it. A run that was killed goes on with the same commit
/// from the bytes that are there; two runs of one model download it once.
/// </summary>
public sealed class PullModelHandler(HubClient hub, ArtifactStore artifacts, ModelRegistrar registrar) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.PullModel;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<PullModelSpec>();
        var reference = HubReference.Parse(spec.Repository);
        try
        {
            var listing = await hub.ListAsync(run.Checkpoint<string>() is { } commit ? reference with { Revision = commit } : reference, cancellation);
            await run.SaveCheckpointAsync(listing.Commit, cancellation: cancellation);
            var path = await FetchAsync(run, listing, isBase: false, cancellation);
            await run.ReportProgressAsync(1, "opens the model");
            var facts = await registrar.CheckAsync(spec.ModelName, path, spec.Serving, cancellation);
            var folder = await artifacts.RecordFolderAsync(path, "model", run, cancellation);
            await registrar.WriteAsync(run, spec.ModelName, path, (folder.Sha256, folder.Bytes), facts, spec.Serving, new JsonObject
            {
                ["repository"] = reference.Id,
                ["asked"] = reference.Revision,
                ["commit"] = listing.Commit,
                ["license"] = listing.License,
            }, cancellation);
        }
        catch (HubException e) when (e.Passing)
        {
            throw new TransientRunException(e.Message, e);
        }
    }

    /// <summary>The repository's folder, relative to the artifact store; an adapter's base comes along.</summary>
    async Task<string> FetchAsync(RunContext run, HubListing listing, bool isBase, CancellationToken cancellation)
    {
        var path = $"models/{listing.Reference.Id.Replace("/", "--")}-{listing.Commit[..12]}";
        var files = await ModelFiles.SelectAsync(hub, listing, cancellation);
        await run.LogAsync($"{listing.Reference.Id} at {listing.Commit}: {files.Count} of {listing.Files.Count} files, {files.Sum(file => file.Bytes ?? 0):N0} bytes{(listing.License is { } license ? $", license {license}" : "")}.");
        var rate = new TransferRate();
        await HubFolder.PullAsync(hub, listing, files, artifacts.Resolve(path), progress => _ = run.ReportProgressAsync(
            progress.TotalBytes == 0 ? null : Math.Min(1, progress.Bytes / (double)progress.TotalBytes),
            $"{listing.Reference.Name}: {progress.Bytes / 1048576.0:N0} of {progress.TotalBytes / 1048576.0:N0} MiB{rate.After(progress.Bytes, progress.TotalBytes)}"),
            message => _ = run.LogAsync(message), cancellation);
        if (!AdapterBase.IsNeeded(artifacts.Resolve(path)))
            return path;
        if (isBase)
            throw new InvalidDataException($"{listing.Reference.Id} is an adapter, and the base of another one; a base that is a whole model was expected.");
        if (Directory.Exists(Path.Combine(artifacts.Resolve(path), AdapterBase.NameIn(artifacts.Resolve(path)) ?? "?")))
            return path; // an earlier run has brought the base already
        var name = AdapterBase.NameIn(artifacts.Resolve(path)) ?? throw new InvalidDataException($"{listing.Reference.Id}: adapter_config.json: base_model_name_or_path: is missing.");
        HubReference basis;
        try
        {
            basis = HubReference.Parse(name);
        }
        catch (ArgumentException)
        {
            throw new InvalidDataException($"{listing.Reference.Id}: its base '{name}' is no repository of the hub. Pull the base by itself, then register the adapter's folder with that base.");
        }
        var own = await FetchAsync(run, await hub.ListAsync(basis, cancellation), isBase: true, cancellation);
        await artifacts.RecordFolderAsync(own, "model", run, cancellation);
        AdapterBase.Set(artifacts, path, own);
        return path;
    }

    /// <summary>Bytes a second over the time so far, and how long it will take.</summary>
    sealed class TransferRate
    {
        readonly Stopwatch clock = Stopwatch.StartNew();
        long? first;

        public string After(long bytes, long total)
        {
            first ??= bytes; // what an earlier attempt left was not transferred now
            var (seconds, moved) = (clock.Elapsed.TotalSeconds, bytes - first.Value);
            if (seconds < 1 || moved == 0)
                return "";
            var rate = moved / seconds;
            return $", {rate / 1048576:N1} MiB/s, {Eta.Text(TimeSpan.FromSeconds((total - bytes) / rate))}";
        }
    }
}
