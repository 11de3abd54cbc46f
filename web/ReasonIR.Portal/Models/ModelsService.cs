using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Models;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments;

namespace ReasonIR.Portal.Models;

/// <summary>What pages and the REST API know about models.</summary>
public sealed class ModelsService(IDbContextFactory<ExperimentsDb> databases)
{
    /// <summary>All models, newest first.</summary>
    public async Task<IReadOnlyList<ModelInfo>> ListAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var models = await db.Models.AsNoTracking().OrderByDescending(model => model.Id).ToListAsync(ct);
        return [.. models.Select(Describe)];
    }

    /// <summary>One model, or null.</summary>
    public async Task<ModelInfo?> FindAsync(string name, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.Models.AsNoTracking().SingleOrDefaultAsync(model => model.Name == name, ct) is { } model
            ? Describe(model) with { TrainedOn = await TrainingLineage.OfAsync(db, name, ct) }
            : null;
    }

    /// <summary>Says how a model is served from now on; null where there is no such model.</summary>
    /// <exception cref="ArgumentException">The settings have problems; all are listed.</exception>
    public async Task<ModelInfo?> ServeAsync(string name, ServingSettings settings, CancellationToken ct)
    {
        if (settings.Problems().ToList() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join(" ", problems));
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // Locked: a run may write the metadata at the same time.
        if (await db.Models.FromSql($"select * from models where name = {name} for update").SingleOrDefaultAsync(ct) is not { } model)
            return null;
        var metadata = JsonNode.Parse(model.Metadata) as JsonObject ?? [];
        if (settings == new ServingSettings())
            metadata.Remove(ServingSettings.Field);
        else
            metadata[ServingSettings.Field] = JsonSerializer.SerializeToNode(settings, ReasonIrJson.Web);
        model.Metadata = metadata.ToJsonString();
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return Describe(model);
    }

    static ModelInfo Describe(Experiments.Models.Model model)
    {
        var metadata = ExperimentsJson.Read<Metadata>(model.Metadata);
        return new(
        model.Name,
        model.Kind,
        model.Revision,
        model.BaseModel.Length == 0 ? null : model.BaseModel,
        model.Dimension,
        model.MaxTokens == 0 ? null : model.MaxTokens,
        model.Pooling,
        model.RunId,
        model.CreatedAt,
        metadata.Source,
        metadata.Serving);
    }

    sealed record Metadata(ModelSource? Source, ServingSettings? Serving);
}
