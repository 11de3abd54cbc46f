using Microsoft.EntityFrameworkCore;

namespace ReasonIR.Experiments.Pipelines;

/// <summary>Pipelines by name and version. Thread-safe.</summary>
public sealed class PipelineStore(IDbContextFactory<ExperimentsDb> contexts)
{
    /// <summary>Keeps a pipeline: the newest version where its content is the same already, otherwise a new one.</summary>
    public async Task<Pipeline> SaveAsync(string name, string specJson, string contentHash, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        // Two who save one name at a time take turns.
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtext({"pipeline " + name}))", cancellation);
        var newest = await db.Pipelines.AsNoTracking().Where(row => row.Name == name).OrderByDescending(row => row.Version).FirstOrDefaultAsync(cancellation);
        if (newest?.ContentHash == contentHash)
            return newest;
        var pipeline = new Pipeline { Name = name, Version = (newest?.Version ?? 0) + 1, Spec = specJson, ContentHash = contentHash };
        db.Pipelines.Add(pipeline);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return pipeline;
    }

    /// <summary>A version, or without one the newest; null where there is none.</summary>
    public async Task<Pipeline?> FindAsync(string name, int? version, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Pipelines.AsNoTracking().Where(row => row.Name == name && (version == null || row.Version == version)).OrderByDescending(row => row.Version).FirstOrDefaultAsync(cancellation);
    }

    /// <summary>The newest version of each pipeline, by name; with a name all versions of that one, newest first.</summary>
    public async Task<IReadOnlyList<Pipeline>> ListAsync(string? name = null, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return name is null
            ? await db.Pipelines.AsNoTracking().Where(row => !db.Pipelines.Any(later => later.Name == row.Name && later.Version > row.Version)).OrderBy(row => row.Name).ToListAsync(cancellation)
            : await db.Pipelines.AsNoTracking().Where(row => row.Name == name).OrderByDescending(row => row.Version).ToListAsync(cancellation);
    }
}
