using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Portal.Contamination;
using ReasonIR.Portal.Datasets.Reviews;

namespace ReasonIR.Portal.Datasets.Reports;

/// <summary>All that is known of how good a version is.</summary>
public sealed class DatasetQualityService(IDbContextFactory<ExperimentsDb> databases, DatasetsService versions, DatasetReports reports, ReviewsService reviews)
{
    /// <summary>A version made of reviews of one made of reviews: deeper chains are cut.</summary>
    const int MostAncestors = 20;

    /// <summary>Null where there is no such version.</summary>
    public async Task<DatasetQuality?> ReadAsync(DatasetReference reference, CancellationToken ct) =>
        await versions.ResolveAsync(reference, ct) is { } version ? await ReadAsync(version, ct) : null;

    /// <summary>Of a version that was resolved.</summary>
    public async Task<DatasetQuality> ReadAsync(DatasetVersion version, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var contamination = await ContaminationService.Full(db).Where(report => report.DatasetVersionId == version.Id).OrderByDescending(report => report.Id).ToListAsync(ct);
        return new(
            DatasetsService.Describe(version), await reports.ReadAsync(version, ct), await CallCosts.OfRunAsync(db, await OriginRunAsync(db, version, ct), ct),
            [.. contamination.Select(ContaminationService.Describe).DistinctBy(report => (report.Corpus, report.QuerySet))], await reviews.AnnotatorsAsync(version.Id, ct));
    }

    /// <summary>The run that made a version; of one that was made of reviews, the run of the version that was reviewed.</summary>
    public static async Task<long?> OriginRunAsync(ExperimentsDb db, DatasetVersion version, CancellationToken ct)
    {
        for (var depth = 0; version.RunId is null && depth < MostAncestors && ReviewedVersions.Origin(version.Spec) is { } origin; depth++)
            if (await db.DatasetVersions.AsNoTracking().SingleOrDefaultAsync(row => row.Dataset!.Name == origin.Name && row.Version == origin.Version, ct) is { } earlier)
                version = earlier;
            else
                break;
        return version.RunId;
    }
}
