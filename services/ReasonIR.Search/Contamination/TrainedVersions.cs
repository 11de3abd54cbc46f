using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Search.Contamination;

/// <summary>Chooses the dataset version that a report means.</summary>
public static class TrainedVersions
{
    /// <summary>The named version; without a number the newest complete one.</summary>
    /// <exception cref="ArgumentException">There is none, or it is still being filled.</exception>
    public static async Task<DatasetVersion> ChooseAsync(RunContext run, string dataset, int? version, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var versions = await db.DatasetVersions.AsNoTracking().Where(row => row.Dataset!.Name == dataset).OrderByDescending(row => row.Version).ToListAsync(cancellation);
        if (versions.Count == 0)
            throw new ArgumentException($"dataset: there is no dataset '{dataset}'.");
        var found = version is null ? versions.Find(row => row.SealedAt is not null) : versions.Find(row => row.Version == version);
        if (found is null)
            throw new ArgumentException($"version: dataset '{dataset}' has no {(version is null ? "complete version" : $"version {version}")}; it has {string.Join(", ", versions.Select(row => row.Version))}.");
        return found.SealedAt is not null ? found : throw new ArgumentException($"version: version {found.Version} of '{dataset}' is not complete yet.");
    }
}
