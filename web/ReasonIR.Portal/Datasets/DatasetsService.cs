using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Portal.Datasets;

/// <summary>What pages and the REST API know about datasets.</summary>
public sealed class DatasetsService(IDbContextFactory<ExperimentsDb> databases)
{
    /// <summary>All versions of all datasets, newest first.</summary>
    public async Task<IReadOnlyList<DatasetVersionInfo>> ListAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var rows = await db.DatasetVersions.AsNoTracking().Include(version => version.Dataset).Include(version => version.Corpus)
            .OrderByDescending(version => version.Id).Take(1000).ToListAsync(ct);
        return [.. rows.Select(Describe)];
    }

    /// <summary>One version, or null.</summary>
    public async Task<DatasetVersionInfo?> FindAsync(string dataset, int version, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var row = await Versions(db, dataset, version).AsNoTracking().Include(v => v.Dataset).Include(v => v.Corpus).SingleOrDefaultAsync(ct);
        return row is null ? null : Describe(row);
    }

    /// <summary>The version that <c>name</c> (its newest complete one) or <c>name@version</c> means, with dataset and corpus; null where there is none.</summary>
    public async Task<DatasetVersion?> ResolveAsync(DatasetReference reference, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.DatasetVersions.AsNoTracking().Include(v => v.Dataset).Include(v => v.Corpus)
            .Where(v => v.Dataset!.Name == reference.Name && (reference.Version == null ? v.SealedAt != null : v.Version == reference.Version))
            .OrderByDescending(v => v.Version).FirstOrDefaultAsync(ct);
    }

    /// <summary>How a version was made, as JSON; null where there is none.</summary>
    public async Task<string?> SpecAsync(string dataset, int version, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await Versions(db, dataset, version).Select(v => v.Spec).SingleOrDefaultAsync(ct);
    }

    /// <summary>Examples of a version in order; null where there is no such version.</summary>
    public async Task<Page<ExampleInfo>?> ExamplesAsync(string dataset, int version, int skip, int take, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var found = await Versions(db, dataset, version).Select(v => new { v.Id, v.ExampleCount }).SingleOrDefaultAsync(ct);
        if (found is null)
            return null;
        var examples = await db.Examples.AsNoTracking().Where(example => example.DatasetVersionId == found.Id)
            .OrderBy(example => example.Ordinal).Skip(skip).Take(take).ToListAsync(ct);
        var total = await db.Examples.LongCountAsync(example => example.DatasetVersionId == found.Id, ct);
        return new([.. examples.Select(Describe)], total);
    }

    /// <summary>An example as others see it.</summary>
    public static ExampleInfo Describe(Example example)
    {
        var metadata = example.TryReadMetadata();
        return new(
            example.Ordinal, example.Instruction, example.Query, Texts(example.Positives), Texts(example.Negatives),
            example.Generator, example.PromptHash, example.SourceDocumentId, metadata.Weight, Origin(metadata));
    }

    static string? Origin(ExampleMetadata metadata) => metadata.File is null ? null : $"{metadata.File}, line {metadata.Line}";

    static IQueryable<DatasetVersion> Versions(ExperimentsDb db, string dataset, int version) =>
        db.DatasetVersions.Where(v => v.Version == version && v.Dataset!.Name == dataset);

    static IReadOnlyList<ExampleText> Texts(IReadOnlyList<Passage> passages) => [.. passages.Select(passage => new ExampleText(passage.Text, passage.DocumentId, passage.Score, passage.Instruction))];

    /// <summary>A version, read with dataset and corpus, as others see it.</summary>
    public static DatasetVersionInfo Describe(DatasetVersion version) => new(
        version.Dataset!.Name,
        version.Version,
        version.Kind == DatasetKind.Strategy ? "strategy" : "examples",
        version.Generator,
        version.Corpus?.Name,
        version.ExampleCount,
        version.SpecHash,
        version.RunId,
        version.SealedAt is not null,
        version.CreatedAt);
}
