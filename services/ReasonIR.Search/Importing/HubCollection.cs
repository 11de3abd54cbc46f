using System.IO.Enumeration;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.ServiceDefaults.Hub;

namespace ReasonIR.Search.Importing;

/// <summary>Brings a collection's files from the hub into a folder, at commits that an interrupted import keeps to.</summary>
public sealed class HubCollection(HubClient hub)
{
    const int NamedFiles = 20;

    /// <param name="folder">Holds a folder for each repository afterwards.</param>
    /// <returns>The repositories at their commits, <c>ORG/NAME@COMMIT</c>, and the licenses that their cards state, null where none does.</returns>
    /// <exception cref="ArgumentException">A repository has no such files.</exception>
    public async Task<(string Commits, string? License)> FetchAsync(RunContext run, IReadOnlyList<HubFiles> wanted, string folder, CancellationToken cancellation)
    {
        var commits = run.Checkpoint<Dictionary<string, string>>() ?? [];
        var licenses = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (var (number, files) in wanted.Index())
            {
                var reference = HubReference.Parse(files.Repository, HubKind.Dataset);
                var listing = await hub.ListAsync(commits.TryGetValue(files.Repository, out var known) ? reference with { Revision = known } : reference, cancellation);
                commits[files.Repository] = listing.Commit;
                await run.SaveCheckpointAsync(commits, cancellation: cancellation);
                if (listing.License is { } stated)
                    licenses.Add(stated);
                var chosen = Choose(reference, listing, files.Files);
                await run.LogAsync($"{reference.Id} at {listing.Commit}: {chosen.Count} of {listing.Files.Count} files, {chosen.Sum(file => file.Bytes ?? 0):N0} bytes{(listing.License is { } license ? $", license {license}" : "")}.");
                await HubFolder.PullAsync(hub, listing, chosen, Path.Combine(folder, $"{number}"), bytes => _ = run.ReportProgressAsync(
                    null, $"{bytes.Current}: {bytes.Bytes / 1048576.0:N0} of {bytes.TotalBytes / 1048576.0:N0} MiB"), message => _ = run.LogAsync(message), cancellation);
            }
        }
        catch (HubException e) when (e.Passing)
        {
            throw new TransientRunException(e.Message, e);
        }
        return (string.Join(", ", wanted.Select(files => $"{HubReference.Parse(files.Repository, HubKind.Dataset).Id}@{commits[files.Repository]}")), licenses.Count == 0 ? null : string.Join(", ", licenses));
    }

    static List<HubFile> Choose(HubReference reference, HubListing listing, IReadOnlyList<string> patterns)
    {
        var chosen = new List<HubFile>();
        foreach (var pattern in patterns)
        {
            var found = listing.Files.Where(file => FileSystemName.MatchesSimpleExpression(pattern, file.Path, ignoreCase: false)).ToList();
            if (found.Count == 0)
                throw new ArgumentException($"hub.files: {reference} has no file '{pattern}'; it has {string.Join(", ", listing.Files.Take(NamedFiles).Select(file => file.Path))}{(listing.Files.Count > NamedFiles ? ", …" : "")}.");
            chosen.AddRange(found);
        }
        return [.. chosen.DistinctBy(file => file.Path)];
    }
}
