using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Losses;
using ReasonIR.Training.Tests.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Training.Tests.Contrastive;

/// <summary>A spec's loss of a batch, put together from its parts.</summary>
public sealed class BatchLossTests : IDisposable
{
    static readonly LossSettings Everything = new(
        Weight: 0.7, Directions: Directions.QueryToDocument | Directions.DocumentToQuery, ScoreGuard: new(0.1), IdGuard: true,
        Distillation: new(DistillationKind.KullbackLeibler, Weight: 0.4, TeacherTemperature: 2), Matryoshka: [new(5), new(3, 0.5)]);

    readonly DisposeScope scope;

    public BatchLossTests()
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        scope = NewDisposeScope();
        manual_seed(5);
    }

    static ContrastiveBatch Batch()
    {
        var text = new TokenizedText([1], 0);
        return new([text, text, text], [text, text, text, text, text, text], new([0, 0, 1, 1, 2, 2], [0, 2, 4]))
        {
            // Query 2's negative is query 0's positive; query 1 knows a passage of query 2.
            PassageIds = [10, 11, 12, 13, 14, 10],
            KnownPositives = [[10], [12, 14], [14]],
            Weights = [1, 2, 0.5f],
            TeacherScores = [3, 1, 2, 0, 1, -1],
        };
    }

    [Fact]
    public void Gradients_of_everything_together_are_those_of_finite_differences() =>
        Gradients.AreThoseOfFiniteDifferences(x => new BatchLoss(Everything, 0.3, Batch()).Of(x[0], x[1]), randn([3, 5], float64), randn([6, 5], float64));

    [Fact]
    public void The_parts_add_up()
    {
        var (q, p) = (randn([3, 5], float64), randn([6, 5], float64));
        double Of(LossSettings settings) => new BatchLoss(settings, 0.3, Batch()).Of(q, p).item<double>();
        var contrast = Of(Everything with { Weight = 1, Distillation = null, Matryoshka = null });
        var distilled = Of(Everything with { Weight = 0, Distillation = Everything.Distillation! with { Weight = 1 }, Matryoshka = null });
        Assert.Equal(0.7 * contrast + 0.4 * distilled, Of(Everything with { Matryoshka = null }), 1e-12);
        var narrow = new BatchLoss(Everything with { Matryoshka = null }, 0.3, Batch()).Of(q.narrow(1, 0, 3), p.narrow(1, 0, 3)).item<double>();
        Assert.Equal(Of(Everything with { Matryoshka = null }) + 0.5 * narrow, Of(Everything), 1e-12);
        Assert.Equal(Of(Everything) / 2, Of(Everything with { MatryoshkaMean = true }), 1e-12);
    }

    [Fact]
    public void Known_positives_of_other_queries_are_left_out_by_id()
    {
        var (q, p) = (randn([3, 5], float64), randn([6, 5], float64));
        var batch = Batch() with { Weights = null };
        var guarded = new BatchLoss(new(IdGuard: true), 0.3, batch).Of(q, p).item<double>();
        var groups = batch.Groups;
        // The same by hand: row 0 without passage 5, row 1 without passage 4.
        var known = groups.Matrix((row, j) => (row, j) is (0, 5) or (1, 4));
        Assert.Equal(InfoNce.Loss(q, p, groups, new(0.3), known).item<double>(), guarded, 1e-12);
        Assert.True(guarded < new BatchLoss(new(), 0.3, batch).Of(q, p).item<double>());
    }

    [Fact]
    public void A_query_that_reasoning_helps_weighs_by_the_ratio_of_the_losses()
    {
        var p = randn([6, 5], float64);
        var (q, reasoned) = (randn([3, 5], float64), randn([3, 5], float64));
        // The second query's rewriting is its positive itself.
        reasoned.narrow(0, 1, 1).copy_(p.narrow(0, 2, 1));
        var batch = Batch() with { Weights = null, TeacherScores = null };
        var loss = new BatchLoss(new(), 0.3, batch);
        loss.WeighByReasoning(q, reasoned, p, new(MaxRatio: 3));
        var (hard, eased) = (InfoNce.PerQuery(q, p, batch.Groups, new(0.3)).data<double>().ToArray(), InfoNce.PerQuery(reasoned, p, batch.Groups, new(0.3)).data<double>().ToArray());
        var expected = hard.Zip(eased, (a, b) => Math.Min(3, a / b)).ToArray();
        Assert.Equal(expected, loss.Weights!.data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.Equal(3, expected[1]);
        Assert.Equal(hard.Zip(expected, (l, w) => l * w).Sum() / expected.Sum(), loss.Of(q, p).item<double>(), 1e-4);
        // Once more with weights of the batch's own: they multiply.
        var weighted = new BatchLoss(new(), 0.3, batch with { Weights = [1, 2, 0.5f] });
        weighted.WeighByReasoning(q, reasoned, p, new(MaxRatio: 3));
        Assert.Equal(2 * expected[1], weighted.Weights!.data<double>().ToArray()[1], 1e-4);
    }

    [Fact]
    public void What_a_batch_lacks_is_named()
    {
        var bare = Batch() with { TeacherScores = null, PassageIds = null };
        Assert.Contains("no teacher scores", Assert.Throws<InvalidDataException>(() => new BatchLoss(new(Distillation: new()), 0.3, bare)).Message);
        Assert.Contains("no passage ids", Assert.Throws<InvalidDataException>(() => new BatchLoss(new(IdGuard: true), 0.3, bare)).Message);
        Assert.Contains("asks for 9 components", Assert.Throws<InvalidDataException>(() => new BatchLoss(new(Matryoshka: [new(9)]), 0.3, bare).Of(randn([3, 5]), randn([6, 5]))).Message);
        Assert.Contains("TeacherScores holds 1", Assert.Throws<InvalidDataException>((Batch() with { TeacherScores = [1] }).Validate).Message);
    }

    [Fact]
    public void A_part_of_a_batch_keeps_what_belongs_to_it()
    {
        var text = new TokenizedText([1], 0);
        // Passages out of order.
        var batch = Batch() with { Groups = new([2, 0, 1, 0, 2, 1], [1, 2, 0]), Passages = [.. Enumerable.Range(0, 6).Select(i => new TokenizedText([i], 0))] };
        var part = batch.Part(1, 2);
        part.Validate();
        Assert.Equal([0, 2, 4, 5], part.Passages.Select(t => t.Ids[0]));
        Assert.Equal([10L, 12, 14, 10], part.PassageIds!);
        Assert.Equal([2, 0.5f], part.Weights!);
        Assert.Equal([(0, 1), (1, 0)], part.Groups.RowPairs);
        Assert.Equal([1, 0, 1, 0], Enumerable.Range(0, 4).Select(part.Groups.QueryOf));
        Assert.Equal("1", part.NameOf(0));
    }

    public void Dispose() => scope?.Dispose();
}
