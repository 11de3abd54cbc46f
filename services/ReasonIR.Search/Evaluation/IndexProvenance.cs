using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Results;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Indexes;

namespace ReasonIR.Search.Evaluation;

/// <summary>Describes the indexes that a system searched.</summary>
public sealed class IndexProvenance(IDbContextFactory<ExperimentsDb> databases)
{
    /// <summary>Each with the hash of its file, as the artifact store took it in.</summary>
    public async Task<IReadOnlyList<IndexUsed>> ReadAsync(IReadOnlyList<IndexEntry> indexes, CancellationToken ct)
    {
        var paths = indexes.Select(index => index.Path).ToList();
        await using var db = await databases.CreateDbContextAsync(ct);
        var hashes = await db.Artifacts.Where(artifact => paths.Contains(artifact.Path)).ToDictionaryAsync(artifact => artifact.Path, artifact => artifact.Sha256, ct);
        return [.. indexes.Select(index => new IndexUsed(
            index.Id, index.RunId, index.Kind, index.DocumentCount, hashes.GetValueOrDefault(index.Path), JsonSerializer.Deserialize<JsonElement>(index.Parameters)))];
    }
}
