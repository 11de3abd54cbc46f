using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Models;
using ReasonIR.Training.Static;

namespace ReasonIR.Benchmarks.Quality;

/// <summary>
/// What the base <c>tiny</c> is worth: the small Llama with a vocabulary of its own, both from scratch on a collection's documents, before and
/// after training on their extractive pairs, beside BM25 and the static encoder on the same kind of pairs. No query or label is used before
/// the measurement; significance is over queries, of each query's mean over the seeds.
/// </summary>
sealed class TinyQualityBenchmark : IBenchmark
{
    const int DefaultSeeds = 2;

    /// <summary>A step of SciFact's pairs takes seconds on two cores: its ten epochs (810 steps) would take the better part of an hour a seed.</summary>
    const int MostSteps = 81;

    static readonly string[] Folders = ["data/theoremqa", "data/scifact"];

    public string Name => "quality-tiny";

    public string Description => "base tiny from scratch on extractive pairs, beside BM25 and the static encoder, nDCG@10 (--input BEIR-FOLDER, --seeds N, --only \"all epochs\")";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int? mostSteps = context.Only is not null && context.Wants("all epochs") ? null : MostSteps;
        foreach (var folder in context.Input is { } input ? [input] : Folders.Select(context.Require))
        {
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            var systems = await StaticSystems.ReadAsync(folder, cancellationToken);
            var bm25 = systems.Ndcg10s(systems.Bm25(cancellationToken));
            yield return Ndcg($"{name}, bm25", bm25.Average());
            var (untrained, trained, fixedRows) = (new List<double[]>(), new List<double[]>(), new List<double[]>());
            for (var seed = 0; seed < (context.Seeds ?? DefaultSeeds); seed++)
            {
                var scratch = Directory.CreateTempSubdirectory("reasonir-tiny-").FullName;
                try
                {
                    var (start, output, rows) = (Path.Combine(scratch, "start"), Path.Combine(scratch, "trained"), Path.Combine(scratch, "static"));
                    systems.Train(new StaticOptions { Seed = seed }, null, cancellationToken).Save(rows, "static");
                    fixedRows.Add(Scores(systems, rows, cancellationToken));
                    var training = new TinyTraining(systems, name, seed, mostSteps);
                    training.Start(start, cancellationToken);
                    untrained.Add(Scores(systems, start, cancellationToken));
                    var result = await training.TrainAsync(start, output, context.Log, cancellationToken);
                    trained.Add(Scores(systems, output, cancellationToken));
                    await context.Log.WriteLineAsync(FormattableString.Invariant(
                        $"{name}, seed {seed}: static {fixedRows[^1].Average():F4}, untrained {untrained[^1].Average():F4}, {result.Steps} steps in {result.Seconds:F0} s {trained[^1].Average():F4}"));
                    yield return Ndcg($"{name}, tiny, {result.Steps} steps, seed {seed}", trained[^1].Average());
                }
                finally
                {
                    Directory.Delete(scratch, recursive: true);
                }
            }
            var (before, after, other) = (QueryMeans.Of(untrained), QueryMeans.Of(trained), QueryMeans.Of(fixedRows));
            yield return Ndcg($"{name}, static, mean of {trained.Count} seeds", other.Average());
            yield return Ndcg($"{name}, tiny untrained, mean of {trained.Count} seeds", before.Average());
            yield return Ndcg($"{name}, tiny, mean of {trained.Count} seeds", after.Average());
            foreach (var (than, scores) in new[] { ("untrained", before), ("static", other), ("bm25", bm25) })
                await context.Log.WriteLineAsync($"{name}: tiny against {than} {QueryMeans.Test(after, scores)}");
        }
    }

    static double[] Scores(StaticSystems systems, string folder, CancellationToken cancellation)
    {
        using var encoder = ModelFolder.Open(folder);
        return systems.Ndcg10s(systems.Dense(encoder, cancellation));
    }

    BenchmarkResult Ndcg(string workload, double value) => new(Name, workload, "nDCG@10", "", Math.Round(value, 5));
}
