using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments;
using ReasonIR.Portal.Datasets.Reviews;

namespace ReasonIR.Portal.Models;

/// <summary>Where a dataset version comes from.</summary>
/// <param name="Generator"><c>extractive</c>, <c>llm</c>, <c>import</c>.</param>
/// <param name="LanguageModel">The language model that wrote texts of it, or null.</param>
public sealed record DataOrigin(string Generator, string? LanguageModel);

/// <summary>Looks up where dataset versions come from; a version made of reviews comes from where the reviewed one does.</summary>
public static class DataOrigins
{
    /// <summary>A version reviewed again and again: longer chains are cut.</summary>
    const int MostReviews = 20;

    /// <summary>The origins by name and version; versions that are not here are left out.</summary>
    public static async Task<IReadOnlyDictionary<(string Dataset, int Version), DataOrigin>> OfAsync(ExperimentsDb db, IReadOnlyCollection<(string Dataset, int Version)> versions, CancellationToken ct)
    {
        var specs = new Dictionary<(string, int), Row>();
        var asked = versions.ToHashSet();
        for (var reviews = 0; reviews <= MostReviews && asked.Count > 0; reviews++)
        {
            var names = asked.Select(one => one.Dataset).ToHashSet(StringComparer.Ordinal);
            var numbers = asked.Select(one => one.Version).ToHashSet();
            var rows = await db.DatasetVersions.AsNoTracking().Where(row => names.Contains(row.Dataset!.Name) && numbers.Contains(row.Version))
                .Select(row => new Row(row.Dataset!.Name, row.Version, row.Generator, row.Spec)).ToListAsync(ct);
            foreach (var row in rows.Where(row => asked.Contains((row.Dataset, row.Version))))
                specs.Add((row.Dataset, row.Version), row);
            asked = [.. asked.Select(one => specs.GetValueOrDefault(one)).OfType<Row>().Select(Reviewed).OfType<(string, int)>().Where(one => !specs.ContainsKey(one))];
        }
        return versions.Distinct().Where(specs.ContainsKey).ToDictionary(one => one, one => new DataOrigin(specs[one].Generator, LanguageModel(specs, one)));
    }

    static string? LanguageModel(Dictionary<(string, int), Row> specs, (string, int) version)
    {
        for (var reviews = 0; reviews <= MostReviews && specs.TryGetValue(version, out var row); reviews++)
        {
            if (Reviewed(row) is not { } earlier)
                return Writer(row);
            version = earlier;
        }
        return null;
    }

    static (string, int)? Reviewed(Row row) => ReviewedVersions.Origin(row.Spec) is { Version: { } number } origin ? (origin.Name, number) : null;

    /// <summary>What synthesis notes in a version's spec.</summary>
    static string? Writer(Row row)
    {
        using var spec = JsonDocument.Parse(row.Spec);
        return spec.RootElement.ValueKind == JsonValueKind.Object && spec.RootElement.TryGetProperty("chatModel", out var model) && model.GetString() is { Length: > 0 } name ? name : null;
    }

    sealed record Row(string Dataset, int Version, string Generator, string Spec);
}
