using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Portal.Results;

namespace ReasonIR.Portal.Benchmarks;

/// <summary>The registry, one's own benchmarks, and what was measured on them.</summary>
public sealed class BenchmarksService(IDbContextFactory<ExperimentsDb> databases)
{
    const int MostRuns = 500;

    /// <summary>Those of the registry, then those of one's own that a run brought along, newest entry first.</summary>
    public async Task<IReadOnlyList<Benchmark>> ListAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var specs = await db.Runs.AsNoTracking().Where(run => run.Kind == RunKinds.Benchmark).OrderByDescending(run => run.Id).Take(MostRuns).Select(run => run.Spec).ToListAsync(ct);
        var own = specs.Select(spec => ExperimentsJson.Read<BenchmarkSpec>(spec).Entry).OfType<Benchmark>();
        return [.. BenchmarkRegistry.All.Concat(own).DistinctBy(benchmark => benchmark.Name)];
    }

    /// <summary>A benchmark's tasks, measured systems and reported results; null where there is no such benchmark.</summary>
    /// <param name="querySet">Which queries; null: the usual ones.</param>
    public async Task<BenchmarkBoard?> FindAsync(string name, string? querySet, bool longDocuments, CancellationToken ct)
    {
        if ((await ListAsync(ct)).FirstOrDefault(entry => entry.Name == name) is not { } benchmark)
            return null;
        querySet = string.IsNullOrEmpty(querySet) ? benchmark.UsualQuerySet : querySet;
        var tasks = benchmark.Tasks.Where(task => !longDocuments || task.Long).ToList();
        var names = tasks.ToDictionary(task => benchmark.Corpus(task, longDocuments), task => task.Id);
        await using var db = await databases.CreateDbContextAsync(ct);
        var corpora = await db.Corpora.AsNoTracking().Include(corpus => corpus.QuerySets).Where(corpus => names.Keys.Contains(corpus.Name)).ToDictionaryAsync(corpus => corpus.Name, ct);
        var results = await db.Results.AsNoTracking().Where(result => names.Keys.Contains(result.Corpus!.Name) && (querySet == null || result.QuerySet!.Name == querySet))
            .Select(result => new { result.Id, result.System, Corpus = result.Corpus!.Name, result.Measures, result.QueryCount, result.Run!.Spec, result.Run.Kind, result.RunId }).ToListAsync(ct);
        // A row is one experiment; of a cell that was measured again the newest counts.
        var rows = results.GroupBy(result => (result.System, Label: ResultLabels.Of(result.Kind, result.Spec)))
            .Select(group =>
            {
                var cells = group.GroupBy(result => names[result.Corpus]).ToDictionary(cell => cell.Key, cell => cell.MaxBy(result => result.Id)!);
                return new MeasuredRow(group.Key.System, group.Key.Label,
                    cells.Count == tasks.Count ? cells.Values.Average(cell => cell.Measures.GetValueOrDefault(benchmark.Measure)) : null,
                    cells.ToDictionary(cell => cell.Key, cell => new MeasuredCell(cell.Value.Id, cell.Value.Measures.GetValueOrDefault(benchmark.Measure), cell.Value.QueryCount)));
            })
            .OrderByDescending(row => row.Mean ?? double.NegativeInfinity).ThenByDescending(row => row.Tasks.Count).ThenByDescending(row => row.Tasks.Values.Average(cell => cell.Value)).ToList();
        return new(
            benchmark, querySet, longDocuments,
            [.. tasks.Select(task => benchmark.Corpus(task, longDocuments) is var corpus && corpora.TryGetValue(corpus, out var there)
                ? new BenchmarkTaskState(task.Id, corpus, there.DocumentCount, longDocuments ? null : task.Documents, [.. there.QuerySets.Select(set => set.Name)])
                : new BenchmarkTaskState(task.Id, corpus, null, longDocuments ? null : task.Documents, []))],
            rows,
            longDocuments ? [] : [.. BenchmarkRegistry.Published(benchmark).OrderByDescending(row => row.Mean)]);
    }
}
