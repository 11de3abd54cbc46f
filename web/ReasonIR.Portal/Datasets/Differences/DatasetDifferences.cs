using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Portal.Datasets.Differences;

/// <summary>What one version has that another has not.</summary>
public sealed class DatasetDifferences(IDbContextFactory<ExperimentsDb> databases, DatasetsService versions, DatasetStore datasets) : IDisposable
{
    /// <summary>Examples of a version that are compared: their hashes are held in memory.</summary>
    const int MostExamples = 2_000_000;
    const int Remembered = 4;

    // Pages of one difference are asked for one after the other.
    readonly LinkedList<((long A, long B) Key, ExampleMatch Match)> remembered = [];
    readonly SemaphoreSlim one = new(1);

    /// <summary>A page of the difference; null where a version is not there.</summary>
    /// <param name="change"><c>added</c>, <c>removed</c>, <c>changed</c>, or null for all.</param>
    /// <exception cref="ArgumentException">The change is none of these, a version is not complete or too large.</exception>
    public async Task<DatasetDifference?> ReadAsync(DatasetReference a, DatasetReference b, string? change, int skip, int take, CancellationToken ct)
    {
        if (change is not (null or "" or "added" or "removed" or "changed"))
            throw new ArgumentException($"change: expected added, removed or changed, found '{change}'.");
        if (await versions.ResolveAsync(a, ct) is not { } from || await versions.ResolveAsync(b, ct) is not { } to)
            return null;
        var match = await MatchAsync(from, to, ct);
        var counts = match.Pairs.CountBy(pair => pair.Change).ToDictionary();
        var wanted = match.Pairs.Where(pair => string.IsNullOrEmpty(change) || pair.Change == change).ToList();
        var page = wanted.Skip(skip).Take(take).ToList();
        var (before, after) = (await ReadAsync(from, [.. page.Select(pair => pair.A).OfType<int>()], ct), await ReadAsync(to, [.. page.Select(pair => pair.B).OfType<int>()], ct));
        return new(
            $"{from.Dataset!.Name}@{from.Version}", $"{to.Dataset!.Name}@{to.Version}", match.Unchanged, counts.GetValueOrDefault("added"), counts.GetValueOrDefault("removed"), counts.GetValueOrDefault("changed"),
            [.. page.Select(pair => Describe(pair, pair.A is { } x ? before[x] : null, pair.B is { } y ? after[y] : null))], wanted.Count);
    }

    /// <inheritdoc/>
    public void Dispose() => one.Dispose();

    async Task<ExampleMatch> MatchAsync(DatasetVersion a, DatasetVersion b, CancellationToken ct)
    {
        foreach (var version in new[] { a, b })
            if (version.SealedAt is null || version.ExampleCount > MostExamples)
                throw new ArgumentException($"Version {version.Version} of {version.Dataset!.Name} {(version.SealedAt is null ? "is not complete yet" : $"has more than {MostExamples:N0} examples")} and cannot be compared.");
        await one.WaitAsync(ct);
        try
        {
            if (remembered.FirstOrDefault(entry => entry.Key == (a.Id, b.Id)).Match is { } known)
                return known;
            var match = ExampleMatch.Of(await IdentitiesAsync(a.Id, ct), await IdentitiesAsync(b.Id, ct));
            remembered.AddFirst(((a.Id, b.Id), match));
            if (remembered.Count > Remembered)
                remembered.RemoveLast();
            return match;
        }
        finally
        {
            one.Release();
        }
    }

    async Task<List<ExampleIdentity>> IdentitiesAsync(long version, CancellationToken ct)
    {
        var identities = new List<ExampleIdentity>();
        await foreach (var example in datasets.StreamAsync(version, ct))
            identities.Add(ExampleIdentity.Of(example));
        return identities;
    }

    async Task<Dictionary<int, Example>> ReadAsync(DatasetVersion version, IReadOnlyList<int> ordinals, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.Examples.AsNoTracking().Where(example => example.DatasetVersionId == version.Id && ordinals.Contains(example.Ordinal)).ToDictionaryAsync(example => example.Ordinal, ct);
    }

    static ExampleDifference Describe(ExamplePair pair, Example? a, Example? b) => new(
        pair.Change, a is null || b is null ? [] : [.. Fields(a, b)], a is null ? null : DatasetsService.Describe(a), b is null ? null : DatasetsService.Describe(b));

    static IEnumerable<string> Fields(Example a, Example b)
    {
        var (before, after) = (a.TryReadMetadata(), b.TryReadMetadata());
        if (a.Query != b.Query)
            yield return "query";
        if (a.Instruction != b.Instruction)
            yield return "instruction";
        if (!a.Positives.SequenceEqual(b.Positives))
            yield return "positives";
        if (!a.Negatives.SequenceEqual(b.Negatives))
            yield return "negatives";
        if (before.Weight != after.Weight)
            yield return "weight";
        if (before.Reasoned != after.Reasoned)
            yield return "reasoned";
    }
}
