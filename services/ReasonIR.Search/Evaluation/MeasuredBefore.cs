using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Results;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Search.Evaluation;

/// <summary>A system that an earlier attempt of a run measured: its result is there, and it is not ranked again.</summary>
/// <param name="Id">The result's number.</param>
/// <param name="Measures">The means over the queries.</param>
/// <param name="PerQuery">Of the measure that systems are compared by.</param>
public sealed record MeasuredBefore(long Id, IReadOnlyDictionary<string, double> Measures, IReadOnlyDictionary<string, double> PerQuery)
{
    /// <summary>The run's result of a system, or null.</summary>
    /// <exception cref="InvalidDataException">It was measured on other documents or queries than those that are there now.</exception>
    public static async Task<MeasuredBefore?> FindAsync(RunContext run, string system, Corpus corpus, QuerySet set, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var result = await db.Results.AsNoTracking().Include(row => row.Queries).SingleOrDefaultAsync(row => row.RunId == run.RunId && row.System == system, cancellation);
        if (result is null)
            return null;
        var origin = ExperimentsJson.Read<Provenance>(result.Provenance);
        if (result.QuerySetId != set.Id || origin.QuerySetHash != set.ContentHash || origin.CorpusHash != corpus.ContentHash)
            throw new InvalidDataException(
                $"The corpus '{corpus.Name}' or its query set '{set.Name}' changed since this run measured '{system}' (result {result.Id}): its systems would not be comparable. Start a new evaluation.");
        return new(result.Id, result.Measures, result.Queries.ToDictionary(row => row.QueryExternalId, row => row.Measures[PairedComparison.Measure], StringComparer.Ordinal));
    }
}
