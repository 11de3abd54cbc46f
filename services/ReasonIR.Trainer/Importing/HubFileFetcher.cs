using System.IO.Enumeration;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.ServiceDefaults.Hub;

namespace ReasonIR.Trainer.Importing;

/// <summary>How far an import is.</summary>
/// <param name="Commit">Of the hub's repository, once it is known: an interrupted download goes on with the same.</param>
/// <param name="License">As the repository's card states it.</param>
/// <param name="Output">Once the version is sealed.</param>
public sealed record ImportProgress(string? Commit, string? License, ImportDatasetOutput? Output);

/// <summary>Brings files of the hub's data sets into a folder.</summary>
public sealed class HubFileFetcher(HubClient hub)
{
    /// <param name="folder">Absent, or whole from an earlier attempt.</param>
    /// <param name="earlier">What an earlier attempt left.</param>
    /// <exception cref="ArgumentException">The repository has no such files.</exception>
    public async Task<ImportProgress> FetchAsync(RunContext run, HubFiles wanted, string folder, ImportProgress? earlier, CancellationToken cancellation)
    {
        var reference = HubReference.Parse(wanted.Repository, HubKind.Dataset);
        try
        {
            var listing = await hub.ListAsync(earlier?.Commit is { } commit ? reference with { Revision = commit } : reference, cancellation);
            var progress = new ImportProgress(listing.Commit, listing.License, null);
            await run.SaveCheckpointAsync(progress, cancellation: cancellation);
            var files = wanted.Files.SelectMany(pattern => listing.Files.Where(file => FileSystemName.MatchesSimpleExpression(pattern, file.Path, ignoreCase: false)).ToList() is { Count: > 0 } found ? found
                : throw new ArgumentException($"hub.files: {reference} has no file '{pattern}'; it has {string.Join(", ", listing.Files.Take(20).Select(file => file.Path))}{(listing.Files.Count > 20 ? ", \u2026" : "")}.")).DistinctBy(file => file.Path).ToList();
            await run.LogAsync($"{reference.Id} at {listing.Commit}: {files.Count} of {listing.Files.Count} files, {files.Sum(file => file.Bytes ?? 0):N0} bytes{(listing.License is { } license ? $", license {license}" : "")}.");
            await HubFolder.PullAsync(hub, listing, files, folder, bytes => _ = run.ReportProgressAsync(
                bytes.TotalBytes == 0 ? null : Math.Min(1, bytes.Bytes / (double)bytes.TotalBytes), $"{bytes.Current}: {bytes.Bytes / 1048576.0:N0} of {bytes.TotalBytes / 1048576.0:N0} MiB"),
                message => _ = run.LogAsync(message), cancellation);
            return progress;
        }
        catch (HubException e) when (e.Passing)
        {
            throw new TransientRunException(e.Message, e);
        }
    }
}
