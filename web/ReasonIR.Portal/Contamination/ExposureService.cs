using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Contamination;
using ReasonIR.Contracts.Models;
using ReasonIR.Contracts.Results;
using ReasonIR.Experiments;
using ReasonIR.Portal.Models;
using ReasonIR.Portal.Results;

namespace ReasonIR.Portal.Contamination;

/// <summary>Says whether a model has seen what it is measured on.</summary>
public sealed class ExposureService(IDbContextFactory<ExperimentsDb> databases, ResultsService results)
{
    static readonly string[] Levels = ["none", "texts", "gold", "leak"];

    /// <summary>What the encoder of a result has seen of the result's queries; null for a system without an encoder.</summary>
    public async Task<ExposureInfo?> OfResultAsync(ResultInfo result, CancellationToken ct)
    {
        if (!result.Provenance.TryGetProperty("model", out var model) || model.GetString() is not { } name)
            return null;
        await using var db = await databases.CreateDbContextAsync(ct);
        var exposure = await ReadAsync(db, name, result.Corpus, result.QuerySet, ct);
        return exposure.Level is "leak" or "gold" ? await WithCleanAsync(db, exposure, result, ct) : exposure;
    }

    /// <summary>What a model has seen of any evaluation that was compared with its training data; null where there is no such model.</summary>
    public async Task<ExposureInfo?> OfModelAsync(string model, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.Models.AnyAsync(row => row.Name == model, ct) ? await ReadAsync(db, model, null, null, ct) : null;
    }

    static async Task<ExposureInfo> ReadAsync(ExperimentsDb db, string model, string? corpus, string? querySet, CancellationToken ct)
    {
        var trained = await TrainingLineage.OfAsync(db, model, ct);
        var reports = new List<ContaminationReportInfo>();
        var without = new List<TrainedOnInfo>();
        foreach (var data in trained)
        {
            var rows = await ContaminationService.Full(db).Where(report => report.DatasetVersion!.Dataset!.Name == data.Dataset && report.DatasetVersion.Version == data.Version
                && (corpus == null || report.Corpus!.Name == corpus) && (querySet == null || report.QuerySet!.Name == querySet)).OrderByDescending(report => report.Id).ToListAsync(ct);
            // The newest of each evaluation; one that describes what is no longer there proves nothing.
            var current = rows.Select(ContaminationService.Describe).DistinctBy(report => (report.Corpus, report.QuerySet)).Where(report => report.Current).ToList();
            reports.AddRange(current);
            if (current.Count == 0)
                without.Add(data);
        }
        var gravest = reports.Select(report => report.Summary.Level).MaxBy(level => Array.IndexOf(Levels, level));
        return new(trained.Count == 0 ? "unknown" : gravest is null or "none" or "texts" && without.Count > 0 ? "unchecked" : gravest ?? "none", reports, without);
    }

    /// <summary>The same measures over the queries that no report names.</summary>
    async Task<ExposureInfo> WithCleanAsync(ExperimentsDb db, ExposureInfo exposure, ResultInfo result, CancellationToken ct)
    {
        var ids = exposure.Reports.Select(report => report.Id).ToList();
        var touched = (await db.ContaminationFindings.Where(finding => ids.Contains(finding.ReportId) && finding.QueryExternalId != null).Select(finding => finding.QueryExternalId!).Distinct().ToListAsync(ct)).ToHashSet(StringComparer.Ordinal);
        var clean = new Dictionary<string, double>();
        var (queries, measured) = (0, 0);
        foreach (var measure in LeaderboardService.Shown.Where(result.Measures.ContainsKey))
        {
            var values = await results.ValuesAsync(result.Id, measure, ct);
            var kept = values.Where(pair => !touched.Contains(pair.Key)).Select(pair => pair.Value).ToList();
            (queries, measured) = (kept.Count, values.Count);
            if (kept.Count > 0)
                clean.Add(measure, kept.Average());
        }
        return exposure with { Clean = clean.Count == 0 ? null : clean, CleanQueries = queries, Measured = measured };
    }
}
