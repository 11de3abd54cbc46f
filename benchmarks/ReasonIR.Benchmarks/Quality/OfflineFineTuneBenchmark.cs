using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Models;
using ReasonIR.Retrieval.Pairs;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Benchmarks.Quality;

/// <summary>
/// all-MiniLM-L6-v2 fine-tuned on pairs that are cut from a collection's documents, against the untouched model, on the collection's test queries,
/// none of which is trained on. Pairs are the default strategies' (title, sentence), one a document, of a thousand documents at most.
/// </summary>
sealed class OfflineFineTuneBenchmark : IBenchmark
{
    const int MostPairs = 1000;

    static readonly string[] Folders = ["data/theoremqa", "data/scifact"];

    public string Name => "offline-finetune";

    public string Description => "all-MiniLM-L6-v2 untouched and fine-tuned on extractive pairs, nDCG@10 on test queries (--input BEIR-FOLDER, --seeds N)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var model = context.Require("models/all-MiniLM-L6-v2");
        foreach (var folder in context.Input is { } input ? [input] : Folders.Select(context.Require))
        {
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            var systems = await StaticSystems.ReadAsync(folder, cancellationToken);
            var untouched = Scores(systems, model, cancellationToken);
            yield return Ndcg($"{name}, untouched", untouched.Average());
            var bySeed = new List<double[]>();
            for (var seed = 0; seed < (context.Seeds ?? 1); seed++)
            {
                var scratch = Directory.CreateTempSubdirectory("reasonir-offline-").FullName;
                try
                {
                    var output = Path.Combine(scratch, "model");
                    var examples = Examples(systems, seed);
                    var spec = new ContrastiveTrainingSpec(
                        model, Epochs: 1, BatchSize: 32, NegativesPerQuery: 0, Temperature: 0.05, LearningRate: 2e-5, Warmup: 0.1, WeightDecay: 0, MaxGradientNorm: 1, Seed: seed, CheckpointSteps: 0);
                    var result = await ContrastiveTrainer.TrainAsync(
                        spec, new ListTrainingData(examples, $"{name} extractive {seed}"), new StepLines(context.Log), Path.Combine(scratch, "checkpoints"), output, cancellationToken);
                    bySeed.Add(Scores(systems, output, cancellationToken));
                    yield return Ndcg($"{name}, {examples.Count} pairs, {result.Steps} steps of 32, seed {seed}", bySeed[^1].Average());
                }
                finally
                {
                    Directory.Delete(scratch, recursive: true);
                }
            }
            var mean = QueryMeans.Of(bySeed);
            await context.Log.WriteLineAsync($"{name}: fine-tuned against untouched {QueryMeans.Test(mean, untouched)}");
            yield return Ndcg($"{name}, mean of {bySeed.Count} seeds", mean.Average());
        }
    }

    static List<TrainingExample> Examples(StaticSystems systems, int seed)
    {
        var documents = systems.PairDocuments(links: false);
        var drawn = new List<DrawnPair>();
        new PairSampler(documents, seed).Draw(0, Math.Min(documents.Count, MostPairs), drawn);
        return [.. drawn.Select(pair => new TrainingExample(pair.QueryText, [pair.PositiveText], []))];
    }

    static double[] Scores(StaticSystems systems, string folder, CancellationToken cancellation)
    {
        using var encoder = ModelFolder.Open(folder);
        return systems.Ndcg10s(systems.Dense(encoder, cancellation));
    }

    BenchmarkResult Ndcg(string workload, double value) => new(Name, workload, "nDCG@10", "", Math.Round(value, 5));
}
