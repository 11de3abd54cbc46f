using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Portal.Datasets.Reports;

/// <summary>Reports of what examples are like; that of a complete version is made once and kept.</summary>
public sealed class DatasetReports(IDbContextFactory<ExperimentsDb> databases, DatasetStore datasets) : IDisposable
{
    /// <summary>Of the stored JSON; a report of another format is made anew.</summary>
    const int Format = 2;

    // A page and its second rendering ask at the same time; and a pass over a large version is work enough at once.
    readonly SemaphoreSlim one = new(1);

    /// <summary>The report of a version.</summary>
    public async Task<DatasetReport> ReadAsync(DatasetVersion version, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await StoredAsync(db, version, ct) is { } stored)
            return stored;
        await one.WaitAsync(ct);
        try
        {
            if (await StoredAsync(db, version, ct) is { } meanwhile)
                return meanwhile;
            var profiler = new DatasetProfiler();
            await foreach (var example in datasets.StreamAsync(version.Id, ct))
                profiler.Add(example);
            var report = profiler.Read(ct);
            if (version.SealedAt is not null)
                await db.Database.ExecuteSqlAsync($"""
                    insert into dataset_reports (dataset_version_id, format, report) values ({version.Id}, {Format}, {ExperimentsJson.Write(report)}::jsonb)
                    on conflict (dataset_version_id) do update set format = excluded.format, report = excluded.report, created_at = now()
                    """, ct);
            return report;
        }
        finally
        {
            one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => one.Dispose();

    static async Task<DatasetReport?> StoredAsync(ExperimentsDb db, DatasetVersion version, CancellationToken ct) => version.SealedAt is null ? null
        : await db.DatasetReports.AsNoTracking().Where(row => row.DatasetVersionId == version.Id && row.Format == Format).Select(row => row.Report).SingleOrDefaultAsync(ct) is { } json
            ? ExperimentsJson.Read<DatasetReport>(json) : null;
}
