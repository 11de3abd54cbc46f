using System.Globalization;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Runs;
using ReasonIR.Testing;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Measures;

public sealed class EvaluatorTests
{
    [Fact]
    public void Values_computed_by_hand()
    {
        var judgments = Judged(("q", "a", 2), ("q", "b", 1), ("q", "c", 0), ("q", "d", 3));
        // c, a, x, b: relevant at 2 and 4, one judged non-relevant document above both.
        var run = Ranked(("q", "c", 4), ("q", "a", 3), ("q", "x", 2), ("q", "b", 1));

        var evaluation = Evaluator.Evaluate(judgments, run, MeasureSet.TrecEval);

        var dcg = 2 / Math.Log2(3) + 1 / Math.Log2(5);
        var ideal = 3 / Math.Log2(2) + 2 / Math.Log2(3) + 1 / Math.Log2(4);
        Assert.Equal(dcg / ideal, evaluation["q", "ndcg"], 1e-15);
        Assert.Equal((1 / 2.0 + 2 / 4.0) / 3, evaluation["q", "map"], 1e-15);
        Assert.Equal(0.5, evaluation["q", "recip_rank"]);
        Assert.Equal(2 / 5.0, evaluation["q", "P_5"]);
        Assert.Equal(2 / 3.0, evaluation["q", "recall_5"]);
        Assert.Equal(1 / 3.0, evaluation["q", "Rprec"]);
        Assert.Equal(0, evaluation["q", "success_1"]);
        // One non-relevant above each, min(R, N) = 1: both relevant documents lose all.
        Assert.Equal(0, evaluation["q", "bpref"]);
    }

    [Fact]
    public void Ties_are_broken_by_id_descending_and_scores_are_floats()
    {
        var ranking = Evaluator.Rank(
            [new("a", 1.000000001), new("d88", 1), new("d9", 1), new("d10", 1), new("Z", 1), new("\uFF5E", 1), new("\U0001F600", 1)]);

        Assert.Equal(["\U0001F600", "\uFF5E", "d9", "d88", "d10", "a", "Z"], ranking.Select(d => d.Id));
    }

    [Fact]
    public void Ranked_by_place_the_scores_do_not_matter()
    {
        var evaluation = Evaluator.Evaluate(
            Judged(("q", "a", 1)), Ranked(("q", "x", 0), ("q", "a", 0), ("q", "y", 1)), MeasureSet.Parse("recip_rank"), by: RankBy.Place);

        Assert.Equal(0.5, evaluation["q", "recip_rank"]);
    }

    [Fact]
    public void Exclusions_come_before_the_cut()
    {
        var judgments = Judged(("q", "gold", 1));
        var run = Ranked(("q", "self", 3), ("q", "gold", 2), ("q", "other", 1));
        var exclusions = new Exclusions();
        exclusions.Add("q", ["self"]);

        Assert.Equal(1, Mean(exclusions, cut: 1));
        Assert.Equal(0, Mean(null, cut: 1));

        double Mean(Exclusions? excluded, int cut) => Evaluator.Evaluate(
            judgments, run, MeasureSet.Parse("recall_10"), excluded, cut).MeanOverEvaluated["recall_10"];
    }

    [Fact]
    public void Both_means_and_who_is_missing()
    {
        var judgments = Judged(("found", "a", 1), ("missing", "a", 1), ("missing", "b", 1), ("empty", "a", 1));
        var run = Ranked(("found", "a", 1), ("unjudged", "a", 1));
        run.Add("empty", []);

        var evaluation = Evaluator.Evaluate(judgments, run, MeasureSet.Parse("map", "num_rel"));

        Assert.Equal(0.5, evaluation.MeanOverEvaluated["map"]);
        Assert.Equal(1 / 3.0, evaluation.MeanOverQrels["map"]);
        Assert.Equal(2, evaluation.MeanOverEvaluated["num_rel"]);
        Assert.Equal(4, evaluation.MeanOverQrels["num_rel"]);
        Assert.Equal(["missing"], evaluation.Missing);
        Assert.Equal(["unjudged"], evaluation.WithoutJudgments);
    }

    [Fact]
    public void Nothing_to_evaluate_gives_zero_and_not_NaN()
    {
        var evaluation = Evaluator.Evaluate(new(), new("empty"));

        Assert.All(evaluation.MeanOverQrels.Values, value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_document_twice_or_without_score_is_refused()
    {
        var judgments = Judged(("q", "a", 1));

        Assert.Contains("twice", Assert.Throws<ArgumentException>(
            () => Evaluator.Evaluate(judgments, Ranked(("q", "a", 2), ("q", "a", 1)))).Message);
        Assert.Contains("NaN", Assert.Throws<ArgumentException>(
            () => Evaluator.Evaluate(judgments, Ranked(("q", "a", double.NaN)))).Message);
    }

    [Theory]
    [InlineData("ndcg_cut_0")]
    [InlineData("ndcg_cut_")]
    [InlineData("p_5")]
    [InlineData("map_10")]
    [InlineData("ndcg_cut_+5")]
    public void Unknown_measures_are_refused(string name) =>
        Assert.Contains(name, Assert.Throws<FormatException>(() => Measure.Parse(name)).Message);

    [Fact]
    public void Names_are_read_back() =>
        Assert.All(MeasureSet.TrecEval, measure => Assert.Equal(measure, Measure.Parse(measure.Name)));

    [Fact]
    public void A_better_swap_never_lowers_a_measure()
    {
        var random = new Random(7);
        for (var trial = 0; trial < 300; trial++)
        {
            var grades = Enumerable.Range(0, 30).Select(_ => random.Next(-1, 4)).ToArray();
            var judgments = new Judgments();
            for (var d = 0; d < grades.Length; d++)
                judgments.Add("q", $"d{d}", grades[d]);
            var order = Enumerable.Range(0, grades.Length).ToArray();
            random.Shuffle(order);
            var place = random.Next(order.Length - 1);
            var before = Measured(order);
            if (Gain(order[place]) >= Gain(order[place + 1]))
                continue;
            (order[place], order[place + 1]) = (order[place + 1], order[place]);
            var after = Measured(order);
            foreach (var name in before.Measures.Names)
            {
                Assert.True(after["q", name] >= before["q", name] - 1e-15, $"{name}, trial {trial}");
                if (!before.Measures[before.Measures.PlaceOf(name)].IsCount)
                    Assert.InRange(after["q", name], 0, 1 + 1e-15);
            }

            int Gain(int document) => Math.Max(grades[document], 0);

            Evaluation Measured(int[] ranking)
            {
                var run = new Run("random");
                run.Add("q", ranking.Select((d, rank) => new ScoredDocument($"d{d}", -rank)));
                return Evaluator.Evaluate(judgments, run, MeasureSet.TrecEval);
            }
        }
    }

    [Fact]
    public async Task The_official_test_of_trec_eval()
    {
        var folder = SharedData.Require("data/trec_eval");
        var cancellation = TestContext.Current.CancellationToken;
        var judgments = await TrecQrels.ReadAsync(Path.Combine(folder, "qrels.test"), cancellation: cancellation);
        var run = await TrecRun.ReadAsync(Path.Combine(folder, "results.test"), cancellation: cancellation);
        var expected = (await File.ReadAllLinesAsync(Path.Combine(folder, "out.test.aq"), cancellation))
            .Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns[1] != "all" && IsMeasure(columns[0]))
            .ToList();
        var measures = MeasureSet.Parse(expected.Select(columns => columns[0]));

        var evaluation = Evaluator.Evaluate(judgments, run, measures);

        Assert.True(expected.Count > 80);
        Assert.All(expected, columns => Assert.Equal(
            double.Parse(columns[2], CultureInfo.InvariantCulture), evaluation[columns[1], columns[0]], 0.5001e-4));
    }

    static bool IsMeasure(string name)
    {
        try
        {
            Measure.Parse(name);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    static Judgments Judged(params (string Query, string Document, int Grade)[] judged)
    {
        var judgments = new Judgments();
        foreach (var (query, document, grade) in judged)
            judgments.Add(query, document, grade);
        return judgments;
    }

    static Run Ranked(params (string Query, string Document, double Score)[] ranked)
    {
        var run = new Run("test");
        foreach (var (query, document, score) in ranked)
            run.Add(query, document, score);
        return run;
    }
}
