using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Models;
using ReasonIR.Experiments;

namespace ReasonIR.Portal.Models;

/// <summary>The data that models were trained on, with those of the models they were trained from.</summary>
public static class TrainingLineage
{
    /// <summary>A model trained from one trained from another: deeper chains are cut, cycles end there too.</summary>
    const int MostModels = 20;

    /// <summary>Every dataset version, the model's own first. Empty for a model that was trained elsewhere.</summary>
    public static async Task<IReadOnlyList<TrainedOnInfo>> OfAsync(ExperimentsDb db, string model, CancellationToken ct) => (await OfAsync(db, [model], ct))[model];

    /// <summary>The same for several models, by name.</summary>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<TrainedOnInfo>>> OfAsync(ExperimentsDb db, IReadOnlyCollection<string> models, CancellationToken ct)
    {
        var known = await ModelsAsync(db, models, ct);
        var trained = models.Distinct(StringComparer.Ordinal).ToDictionary(model => model, model => Chain(known, model), StringComparer.Ordinal);
        var origins = await DataOrigins.OfAsync(db, [.. trained.Values.SelectMany(data => data).Select(one => (one.Dataset, one.Version)).Distinct()], ct);
        return trained.ToDictionary(
            pair => pair.Key,
            pair => (IReadOnlyList<TrainedOnInfo>)[.. pair.Value.Select(one => origins.TryGetValue((one.Dataset, one.Version), out var origin) ? one with { Generator = origin.Generator, LanguageModel = origin.LanguageModel } : one)],
            StringComparer.Ordinal);
    }

    /// <summary>The models and all that they were trained from: a query for each generation.</summary>
    static async Task<Dictionary<string, Row>> ModelsAsync(ExperimentsDb db, IEnumerable<string> models, CancellationToken ct)
    {
        var known = new Dictionary<string, Row>(StringComparer.Ordinal);
        var asked = models.ToHashSet(StringComparer.Ordinal);
        for (var generation = 0; generation < MostModels && asked.Count > 0; generation++)
        {
            var rows = await db.Models.AsNoTracking().Where(row => asked.Contains(row.Name)).Select(row => new Row(row.Name, row.BaseModel, row.Metadata)).ToListAsync(ct);
            foreach (var row in rows)
                known.Add(row.Name, row);
            asked = [.. rows.Select(row => row.BaseModel).Where(name => name.Length > 0 && !known.ContainsKey(name))];
        }
        return known;
    }

    static List<TrainedOnInfo> Chain(Dictionary<string, Row> known, string model)
    {
        var trained = new List<TrainedOnInfo>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var name = model; known.TryGetValue(name, out var row) && seen.Add(name); name = row.BaseModel)
            trained.AddRange(Sources(name, row.Metadata));
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

    sealed record Row(string Name, string BaseModel, string Metadata);
}
