using System.Runtime.InteropServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Text;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Benchmarks.Ranking;

/// <summary>
/// nDCG@10 and average precision of a run beside scikit-learn's, CPU time of one thread. Both must find the same means. Ours begins at ids, scores
/// and judgments; the peer's matrices of grades and scores lie ready. Runs with equal scores are left out: the two order them differently.
/// </summary>
static class EvaluatePeer
{
    const int Cut = 10, Passes = 3;
    static readonly MeasureSet Measures = MeasureSet.Parse($"ndcg_cut_{Cut}", "map");

    /// <summary>The row; null without the peer or where two scores of a query are equal.</summary>
    public static async Task<BenchmarkResult?> RunAsync(string benchmark, string workload, Run run, Judgments judgments, string folder, CancellationToken cancellation)
    {
        if (run.Any(query => query.Value.Select(document => (float)document.Score).Distinct().Count() < query.Value.Count))
            return null;
        var means = Evaluator.Evaluate(judgments, run, Measures).MeanOverEvaluated;
        var retrieved = run.Max(query => query.Value.Count) + Cut;
        var columns = retrieved + judgments.Max(query => query.Value.Count);
        var (gains, scores) = (new double[run.Count * columns], new double[run.Count * columns]);
        foreach (var (place, (query, ranking)) in run.Index())
        {
            var gain = gains.AsSpan(place * columns, columns);
            var score = scores.AsSpan(place * columns, columns);
            var lowest = ranking.Min(document => document.Score);
            // What fills the row and what was not retrieved stands below all others.
            for (var column = 0; column < columns; column++)
                score[column] = lowest - 1 - column;
            for (var i = 0; i < ranking.Count; i++)
                (gain[i], score[i]) = (Math.Max(0, judgments[query].GetValueOrDefault(ranking[i].Id)), ranking[i].Score);
            var missing = retrieved;
            foreach (var (_, grade) in judgments[query].ExceptBy(ranking.Select(document => document.Id), judged => judged.Key))
                gain[missing++] = Math.Max(0, grade);
        }
        string Stored(string name, double[] values)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllBytes(path, MemoryMarshal.AsBytes(values.AsSpan()));
            return path;
        }
        var job = new { gains = Stored("gains", gains), scores = Stored("scores", scores), columns, retrieved, cut = Cut, ndcg = means[$"ndcg_cut_{Cut}"], map = means["map"] };
        await using var peer = await PeerProcess.SklearnAsync(job, cancellation);
        if (peer is null)
            return null;
        var ours = CpuTime.BestOf(Passes, () => Evaluator.Evaluate(judgments, run, Measures), cancellation);
        return new(benchmark, $"{workload}, nDCG@{Cut} and average precision alone, the same means", "evaluate", "s", ours, HigherIsBetter: false,
            PeerName: $"{peer.Name}, 1 thread", Peer: await peer.BestCpuAsync(Passes, cancellation));
    }
}
