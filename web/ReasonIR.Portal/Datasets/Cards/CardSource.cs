using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Portal.Datasets.Reviews;

namespace ReasonIR.Portal.Datasets.Cards;

/// <summary>What texts of a version come from, and under which license, as far as it is recorded.</summary>
/// <param name="Kind"><c>corpus</c>, <c>files</c> or <c>dataset</c>.</param>
/// <param name="License">Null: nobody recorded one.</param>
/// <param name="Hash">Of the contents, where it is known.</param>
public sealed record CardSource(string Kind, string Name, string? Origin, string? License, string? Hash)
{
    /// <summary>The sources of a version, by its spec and its corpus; of one that was made of reviews, those of the version that was reviewed.</summary>
    public static async Task<IReadOnlyList<CardSource>> OfAsync(ExperimentsDb db, DatasetVersion version, CancellationToken ct)
    {
        var sources = new List<CardSource>();
        var current = version;
        for (var depth = 0; depth < 20 && ReviewedVersions.Origin(current.Spec) is { } origin; depth++)
        {
            sources.Add(new("dataset", origin.ToString(), "reviewed by people", null, null));
            if (await db.DatasetVersions.AsNoTracking().Include(row => row.Corpus).SingleOrDefaultAsync(row => row.Dataset!.Name == origin.Name && row.Version == origin.Version, ct) is not { } earlier)
                break;
            current = earlier;
        }
        using var spec = JsonDocument.Parse(current.Spec);
        var root = spec.RootElement;
        if (Text(root, "commit") is { } commit)
            sources.Add(new("files", root.TryGetProperty("hub", out var hub) ? Text(hub, "repository") ?? "hub" : "hub", $"commit {commit}", Text(root, "license"), null));
        else if (Text(root, "source") is { } named)
            sources.Add(new("files", Shown(named), null, Text(root, "license"), null));
        var corpora = root.TryGetProperty("sources", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(one => Text(one, "corpus")).OfType<string>().ToList() : [];
        if (current.Corpus is { } own && !corpora.Contains(own.Name))
            corpora.Add(own.Name);
        foreach (var name in corpora)
            sources.Add(await db.Corpora.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, ct) is { } corpus
                ? new("corpus", name, corpus.Source.Length > 0 ? Shown(corpus.Source) : corpus.Description.Length > 0 ? corpus.Description : null, await LicenseAsync(db, corpus.Id, ct), corpus.ContentHash)
                : new("corpus", name, "no longer here", null, null));
        return sources;
    }

    /// <summary>A card travels: where files lay on its maker's machine is not told.</summary>
    static string Shown(string source) => source[0] is '/' or '.' or '~' ? Path.GetFileName(Path.TrimEndingDirectorySeparator(source)) : source;

    /// <summary>The license in the output of the run that imported the corpus.</summary>
    static async Task<string?> LicenseAsync(ExperimentsDb db, long corpus, CancellationToken ct)
    {
        var outputs = await db.RunLinks.Where(link => link.EntityKind == "corpus" && link.EntityId == corpus && link.Direction == Experiments.Runs.LinkDirection.Output)
            .Join(db.Runs, link => link.RunId, run => run.Id, (_, run) => run.Output).ToListAsync(ct);
        foreach (var output in outputs.OfType<string>())
        {
            using var json = JsonDocument.Parse(output);
            if (Text(json.RootElement, "license") is { } license)
                return license;
        }
        return null;
    }

    static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
