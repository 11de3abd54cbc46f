using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Runs;

/// <summary>Gives the entities that a run read or made the names that people know them by.</summary>
public sealed class LineageNames
{
    /// <summary>The links with names; an entity that is gone keeps its number.</summary>
    public async Task<IReadOnlyList<RunLinkInfo>> DescribeAsync(ExperimentsDb db, IReadOnlyList<RunLink> links, CancellationToken ct)
    {
        var described = new List<RunLinkInfo>();
        foreach (var link in links.OrderBy(link => link.Direction).ThenBy(link => link.EntityKind))
            described.Add(new(
                link.Direction.ToString().ToLowerInvariant(),
                link.EntityKind,
                link.EntityId,
                await NameAsync(db, link, ct) ?? $"{link.EntityKind} {link.EntityId}"));
        return described;
    }

    static Task<string?> NameAsync(ExperimentsDb db, RunLink link, CancellationToken ct) => link.EntityKind switch
    {
        "corpus" => db.Corpora.Where(row => row.Id == link.EntityId).Select(row => (string?)row.Name).SingleOrDefaultAsync(ct),
        "queryset" => db.QuerySets.Where(row => row.Id == link.EntityId).Select(row => (string?)(row.Corpus!.Name + "/" + row.Name)).SingleOrDefaultAsync(ct),
        "dataset" => db.DatasetVersions.Where(row => row.Id == link.EntityId).Select(row => (string?)(row.Dataset!.Name + "/" + row.Version)).SingleOrDefaultAsync(ct),
        "model" => db.Models.Where(row => row.Id == link.EntityId).Select(row => (string?)row.Name).SingleOrDefaultAsync(ct),
        "index" => db.Indexes.Where(row => row.Id == link.EntityId).Select(row => (string?)(row.Corpus!.Name + " (" + row.Kind + ")")).SingleOrDefaultAsync(ct),
        "artifact" => db.Artifacts.Where(row => row.Id == link.EntityId).Select(row => (string?)row.Path).SingleOrDefaultAsync(ct),
        "result" => db.Results.Where(row => row.Id == link.EntityId).Select(row => (string?)(row.System + " on " + row.Corpus!.Name)).SingleOrDefaultAsync(ct),
        "run" => db.Runs.Where(row => row.Id == link.EntityId).Select(row => (string?)row.Name).SingleOrDefaultAsync(ct),
        _ => Task.FromResult<string?>(null),
    };
}
