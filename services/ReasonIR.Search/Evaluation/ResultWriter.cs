using ReasonIR.Contracts.Results;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Results;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Search.Evaluation;

/// <summary>Stores a measured system: its run file, its means and its measures on every query.</summary>
public sealed class ResultWriter(ArtifactStore artifacts)
{
    /// <summary>What is kept for each query.</summary>
    static readonly IReadOnlyList<string> perQuery = [.. MeasureSet.Leaderboard.Names, "judged_10"];

    /// <summary>The result's number.</summary>
    public async Task<long> StoreAsync(
        RunContext run, Corpus corpus, QuerySet set, Evaluated evaluated, Provenance provenance, ComparisonInfo? comparison, CancellationToken cancellation)
    {
        var system = evaluated.System.Name;
        var file = run.AttemptFile("run.trec");
        await TrecRun.WriteAsync(file, RunFileIds.Escaped(evaluated.Rankings), cancellation);
        var artifact = await artifacts.CommitFileAsync(file, $"results/{run.RunId}/{system}.trec", "run-file", run, cancellation);
        return await run.WriteAsync(async db =>
        {
            var result = new Result
            {
                RunId = run.RunId,
                CorpusId = corpus.Id,
                QuerySetId = set.Id,
                System = system,
                Measures = evaluated.Evaluation.MeanOverEvaluated,
                QueryCount = evaluated.Evaluation.Queries.Count,
                Provenance = ExperimentsJson.Write(provenance),
                Comparison = comparison is null ? null : ExperimentsJson.Write(comparison),
                RunFileArtifactId = artifact.Id,
                Queries = [.. evaluated.Evaluation.Queries.Select(query => new ResultQuery
                {
                    QueryExternalId = query,
                    Measures = perQuery.ToDictionary(name => name, name => evaluated.Evaluation[query, name]),
                })],
            };
            db.Results.Add(result);
            await db.SaveChangesAsync(cancellation);
            return result.Id;
        }, cancellation);
    }
}
