using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Contamination;
using ReasonIR.Experiments;

namespace ReasonIR.Portal.Contamination;

/// <summary>The data that a model was trained on, with those of the models it was trained from.</summary>
public static class TrainingLineage
{
    /// <summary>A model trained from one trained from another: deeper chains are cut, cycles end there too.</summary>
    const int MostModels = 20;

    /// <summary>Every dataset version, the model's own first. Empty for a model that was trained elsewhere.</summary>
    public static async Task<IReadOnlyList<TrainedOnInfo>> OfAsync(ExperimentsDb db, string model, CancellationToken ct)
    {
        var trained = new List<TrainedOnInfo>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var name = model; name.Length > 0 && seen.Count < MostModels && seen.Add(name);)
        {
            var row = await db.Models.AsNoTracking().Where(one => one.Name == name).Select(one => new { one.BaseModel, one.Metadata }).SingleOrDefaultAsync(ct);
            if (row is null)
                break;
            trained.AddRange(Sources(name, row.Metadata));
            name = row.BaseModel;
        }
        return [.. trained.DistinctBy(one => (one.Dataset, one.Version))];
    }

    static IEnumerable<TrainedOnInfo> Sources(string model, string metadata)
    {
        using var json = JsonDocument.Parse(metadata);
        if (!json.RootElement.TryGetProperty("training", out var training) || training.ValueKind != JsonValueKind.Object)
            yield break;
        if (training.TryGetProperty("steps", out var steps) && steps.TryGetInt64(out var done) && done == 0)
            yield break; // the untrained start of a run: it has seen nothing of the data
        if (training.TryGetProperty("dataset", out var dataset) && dataset.GetString() is { } name && training.TryGetProperty("datasetVersion", out var version))
            yield return new(model, name, version.GetInt32());
        if (training.TryGetProperty("sources", out var sources) && sources.ValueKind == JsonValueKind.Array)
            foreach (var source in sources.EnumerateArray())
                if (source.TryGetProperty("dataset", out var other) && other.GetString() is { } otherName && source.TryGetProperty("version", out var otherVersion))
                    yield return new(model, otherName, otherVersion.GetInt32());
    }
}
