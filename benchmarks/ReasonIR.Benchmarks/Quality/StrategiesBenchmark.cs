using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Models;
using ReasonIR.Retrieval.Pairs;
using ReasonIR.Training.Static;

namespace ReasonIR.Benchmarks.Quality;

/// <summary>
/// What each way of cutting training pairs from documents is worth: the static encoder trained from scratch on its pairs alone, on several
/// collections, against the untrained start and against the default of the loop. All runs of a seed hold out the same documents and stop by
/// the same rule; significance is over queries, of each query's mean over the seeds.
/// </summary>
sealed class StrategiesBenchmark : IBenchmark
{
    const int DefaultSeeds = 3;

    /// <summary>Below this share of its documents a collection says nothing about a strategy.</summary>
    const double FewestDocuments = 0.1;

    static readonly string[] Folders = ["data/scifact", "data/theoremqa", "data/stackexchange-answers"];

    static readonly (string Name, PairSettings? Pairs, string? Needs)[] Ways =
    [
        ("default (title 0.3, else sentence)", new(), null),
        (PairStrategies.TitleBody, Alone(new(TitleBody: 1)), PairStrategies.TitleBody),
        (PairStrategies.SentenceRest, Alone(new(SentenceRest: 1)), PairStrategies.SentenceRest),
        (PairStrategies.Crops, Alone(new(Crops: 1)), PairStrategies.Crops),
        (PairStrategies.HeadingSection, Alone(new(HeadingSection: 1)), PairStrategies.HeadingSection),
        (PairStrategies.KeyPhrases, Alone(new(KeyPhrases: 1)), PairStrategies.KeyPhrases),
        (PairStrategies.Links, Alone(new(Links: 1)), PairStrategies.Links),
        ("mixture of all", Alone(new(0.2, 0.3, 0.2, 0.1, 0.1, 0.1)), null),
    ];

    public string Name => "strategies";

    public string Description => "the static encoder trained from scratch on each strategy's pairs alone, nDCG@10, mean of seeds (--input BEIR-FOLDER, --seeds N, --only STRATEGY)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string[] folders = context.Input is { } input ? [input] : [.. Folders.Select(context.Require), Sample(context)];
        foreach (var folder in folders)
        {
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            var systems = await StaticSystems.ReadAsync(folder, cancellationToken);
            var allowing = new PairSampler(systems.PairDocuments(links: true), 0);
            var start = Scores(systems, new() { MaxSteps = 0 }, null, cancellationToken);
            yield return Ndcg($"{name}, untrained start", start.Average());
            double[]? standard = null;
            foreach (var (way, pairs, needs) in Ways.Where(way => way.Needs is null || context.Wants(way.Name)))
            {
                if (needs is not null && allowing.Allowing(needs) is var documents && documents < FewestDocuments * systems.Documents.Count)
                {
                    await context.Log.WriteLineAsync($"{name}, {way}: {documents} of {systems.Documents.Count} documents allow it; left out");
                    continue;
                }
                var bySeed = new List<double[]>();
                for (var seed = 0; seed < (context.Seeds ?? DefaultSeeds); seed++)
                {
                    bySeed.Add(Scores(systems, new() { Seed = seed }, pairs, cancellationToken));
                    await context.Log.WriteLineAsync(FormattableString.Invariant($"{name}, {way}, seed {seed}: {bySeed[^1].Average():F4}"));
                }
                var mean = QueryMeans.Of(bySeed);
                var range = FormattableString.Invariant($"{bySeed.Min(seed => seed.Average()):F4} to {bySeed.Max(seed => seed.Average()):F4}");
                await context.Log.WriteLineAsync($"{name}, {way}: against the start {QueryMeans.Test(mean, start)}{(standard is null ? "" : $"; against the default {QueryMeans.Test(mean, standard)}")}");
                yield return Ndcg($"{name}, {way}, mean of {bySeed.Count} seeds ({range})", mean.Average());
                standard ??= mean;
            }
        }
    }

    static PairSettings Alone(PairMixture mixture) => new(Mixture: mixture);

    /// <summary>The sample lies in the repository, not beside the other collections.</summary>
    static string Sample(BenchmarkContext context)
    {
        for (var at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
            if (Directory.Exists(Path.Combine(at, "samples/workshop")))
                return Path.Combine(at, "samples/workshop");
        return context.Require("samples/workshop");
    }

    static double[] Scores(StaticSystems systems, StaticOptions options, PairSettings? pairs, CancellationToken cancellation)
    {
        var scratch = Directory.CreateTempSubdirectory("reasonir-strategies-").FullName;
        try
        {
            systems.Train(options, pairs, cancellation).Save(Path.Combine(scratch, "model"), "strategy");
            using var encoder = ModelFolder.Open(Path.Combine(scratch, "model"));
            return systems.Ndcg10s(systems.Dense(encoder, cancellation));
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    BenchmarkResult Ndcg(string workload, double value) => new(Name, workload, "nDCG@10", "", Math.Round(value, 5));
}
