using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Models;
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
        return await db.Models.AsNoTracking().SingleOrDefaultAsync(model => model.Name == name, ct) is { } model ? Describe(model) : null;
    }

    static ModelInfo Describe(Experiments.Models.Model model) => new(
        model.Name,
        model.Kind,
        model.Revision,
        model.BaseModel.Length == 0 ? null : model.BaseModel,
        model.Dimension,
        model.MaxTokens == 0 ? null : model.MaxTokens,
        model.Pooling,
        model.RunId,
        model.CreatedAt);
}
