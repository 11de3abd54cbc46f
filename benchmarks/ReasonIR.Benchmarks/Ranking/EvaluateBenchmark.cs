using System.Diagnostics;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Benchmarks.Ranking;

/// <summary>trec_eval's measures over a run of BRIGHT's size; two of them beside scikit-learn, since no package here has trec_eval.</summary>
sealed class EvaluateBenchmark : IBenchmark
{
    const int Queries = 1384, Documents = 1000, Passes = 3;
    const double Goal = 2;

    public string Name => "evaluate";

    public string Description => "all measures over 1,384 queries x 1,000 documents, and reading the run (--input RUN.trec)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("reasonir-bench-").FullName;
        try
        {
            var path = context.Input ?? Path.Combine(folder, "run.trec");
            if (context.Input is null)
                await TrecRun.WriteAsync(path, RandomRun(), cancellationToken);
            var bytes = await File.ReadAllBytesAsync(path, cancellationToken);

            Run? run = null;
            var reading = await BestAsync(async () => run = await TrecRun.ReadAsync(new MemoryStream(bytes), path, cancellation: cancellationToken));
            var workload = $"{run!.Count} queries, {run.Sum(query => query.Value.Count)} documents";
            // No reader is faster than touching every byte once.
            var touching = Best(() => GC.KeepAlive(bytes.AsSpan().Count((byte)'\n')));
            yield return new(Name, workload, "read", "s", reading, HigherIsBetter: false, Limit: touching);

            var judgments = RandomJudgments(run);
            var evaluating = Best(() => Evaluator.Evaluate(judgments, run, MeasureSet.TrecEval));
            // No evaluation is faster than sorting the scores alone.
            var sorting = Best(() =>
            {
                foreach (var (_, ranking) in run)
                    ranking.Select(document => (float)document.Score).ToArray().AsSpan().Sort();
            });
            yield return new(Name, $"{workload}, {MeasureSet.TrecEval.Count} measures", "evaluate", "s", evaluating,
                context.Input is null ? Goal : null, HigherIsBetter: false, Limit: sorting);
            if (await EvaluatePeer.RunAsync(Name, workload, run, judgments, folder, cancellationToken) is { } beside)
                yield return beside;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static Run RandomRun()
    {
        var random = new Random(1);
        var run = new Run("random");
        for (var q = 0; q < Queries; q++)
        {
            // No two scores of a query are equal: the peer orders such documents otherwise.
            var scores = Enumerable.Range(1, Documents).Select(place => (float)place / Documents).ToArray();
            random.Shuffle(scores);
            run.Add($"q{q}", Enumerable.Range(0, int.MaxValue).Select(_ => random.Next(500_000)).Distinct().Take(Documents)
                .Select((d, i) => new ScoredDocument($"corpus/document-{d}.txt", scores[i])));
        }
        return run;
    }

    /// <summary>Ten judged documents a query, half of them retrieved.</summary>
    static Judgments RandomJudgments(Run run)
    {
        var random = new Random(2);
        var judgments = new Judgments();
        foreach (var (query, ranking) in run)
            for (var i = 0; i < 10; i++)
                judgments.TryAdd(query, i % 2 == 0 ? $"missing-{i}" : ranking[random.Next(ranking.Count)].Id, random.Next(3));
        return judgments;
    }

    static double Best(Action work) => BestAsync(() =>
    {
        work();
        return Task.CompletedTask;
    }).GetAwaiter().GetResult();

    static async Task<double> BestAsync(Func<Task> work)
    {
        var best = double.MaxValue;
        for (var pass = 0; pass < Passes; pass++)
        {
            var start = Stopwatch.GetTimestamp();
            await work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
