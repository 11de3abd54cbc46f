using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Contamination;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Contamination;

namespace ReasonIR.Portal.Contamination;

/// <summary>Reports of what training data and evaluations have in common.</summary>
public sealed class ContaminationService(IDbContextFactory<ExperimentsDb> databases)
{
    const int ShownCharacters = 500;

    /// <summary>Reports, newest first, at most 500.</summary>
    public async Task<IReadOnlyList<ContaminationReportInfo>> ListAsync(string? dataset, string? corpus, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var rows = await Full(db).Where(report => (string.IsNullOrEmpty(dataset) || report.DatasetVersion!.Dataset!.Name == dataset) && (string.IsNullOrEmpty(corpus) || report.Corpus!.Name == corpus))
            .OrderByDescending(report => report.Id).Take(500).ToListAsync(ct);
        return [.. rows.Select(Describe)];
    }

    /// <summary>One report, or null.</summary>
    public async Task<ContaminationReportInfo?> FindAsync(long id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await Full(db).SingleOrDefaultAsync(report => report.Id == id, ct) is { } report ? Describe(report) : null;
    }

    /// <summary>The findings of a report, of one kind or of all, the gravest first; null where there is no such report.</summary>
    public async Task<Page<ContaminationFindingInfo>?> FindingsAsync(long id, string? kind, int skip, int take, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await db.ContaminationReports.AsNoTracking().SingleOrDefaultAsync(report => report.Id == id, ct) is not { } report)
            return null;
        var findings = db.ContaminationFindings.AsNoTracking().Where(finding => finding.ReportId == id && (string.IsNullOrEmpty(kind) || finding.Kind == kind));
        var rows = await findings.OrderBy(finding => finding.Id).Skip(skip).Take(take).ToListAsync(ct);
        var queryIds = rows.Where(row => row.QueryExternalId is not null).Select(row => row.QueryExternalId!).ToList();
        var documentIds = rows.Where(row => row.QueryExternalId is null).Select(row => row.DocumentExternalId!).ToList();
        var ordinals = rows.Where(row => row.First.Count > 0).Select(row => row.First[0]).ToList();
        var queries = await db.Queries.Where(query => query.QuerySetId == report.QuerySetId && queryIds.Contains(query.ExternalId)).ToDictionaryAsync(query => query.ExternalId, query => query.Text, ct);
        var documents = await db.Documents.Where(document => document.CorpusId == report.CorpusId && documentIds.Contains(document.ExternalId))
            .Select(document => new { document.ExternalId, Text = document.Text.Substring(0, ShownCharacters) }).ToDictionaryAsync(row => row.ExternalId, row => row.Text, ct);
        var trained = await db.Examples.Where(example => example.DatasetVersionId == report.DatasetVersionId && ordinals.Contains(example.Ordinal)).ToDictionaryAsync(example => example.Ordinal, example => example.Query, ct);
        return new([.. rows.Select(row => new ContaminationFindingInfo(
            row.Kind, row.QueryExternalId, row.DocumentExternalId, row.Share, row.Examples, row.First,
            (row.QueryExternalId is { } query ? queries.GetValueOrDefault(query) : documents.GetValueOrDefault(row.DocumentExternalId ?? "")) ?? "",
            row.First.Count > 0 ? trained.GetValueOrDefault(row.First[0]) : null))], await findings.LongCountAsync(ct));
    }

    internal static IQueryable<ContaminationReport> Full(ExperimentsDb db) =>
        db.ContaminationReports.AsNoTracking().Include(report => report.DatasetVersion!.Dataset).Include(report => report.Corpus).Include(report => report.QuerySet);

    internal static ContaminationReportInfo Describe(ContaminationReport report) => new(
        report.Id, report.RunId, report.DatasetVersion!.Dataset!.Name, report.DatasetVersion.Version, report.Corpus!.Name, report.QuerySet!.Name,
        report.CorpusHash == report.Corpus.ContentHash && report.QuerySetHash == report.QuerySet.ContentHash, ExperimentsJson.Read<ContaminationSummary>(report.Summary), report.CreatedAt);
}
