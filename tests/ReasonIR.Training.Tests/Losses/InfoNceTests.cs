using ReasonIR.Torch;
using ReasonIR.Training.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Training.Tests.Losses;

public sealed class InfoNceTests : IDisposable
{
    readonly DisposeScope scope;

    public InfoNceTests()
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        scope = NewDisposeScope();
        manual_seed(3);
    }

    [Theory]
    [InlineData(Directions.QueryToDocument, Partition.Joint)]
    [InlineData(Directions.QueryToDocument | Directions.DocumentToQuery, Partition.PerDirection)]
    [InlineData(Directions.QueryToDocument | Directions.QueryToQuery | Directions.DocumentToDocument, Partition.Joint)]
    public void Gradients_are_those_of_finite_differences(Directions directions, Partition partition)
    {
        // Queries with two, no and one hard negative.
        var groups = new PassageGroups([0, 0, 0, 1, 2, 2], [1, 3, 4]);
        var options = new InfoNceOptions(0.3, directions, partition);
        Gradients.AreThoseOfFiniteDifferences(x => InfoNce.Loss(x[0], x[1], groups, options), randn([3, 5], float64), randn([6, 5], float64));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Gradients_with_several_positives_guards_weights_and_cut_vectors_are_those_of_finite_differences(bool relative, bool symmetric)
    {
        var groups = PassageGroups.Several([0, 0, 0, 1, 2, 2, 2], [[0, 2], [3], [5]]);
        var options = new InfoNceOptions(0.3, symmetric ? Directions.QueryToDocument | Directions.DocumentToQuery : Directions.QueryToDocument, Partition.PerDirection,
            Mask: new(relative ? 0.1 : 0.05, relative));
        var known = groups.Matrix((row, j) => row == 2 && j == 4);
        var weights = tensor([0.2, 1.0, 3.0]);
        Gradients.AreThoseOfFiniteDifferences(
            x => Matryoshka.Loss(x[0], x[1], (q, p) => InfoNce.Loss(q, p, groups, options, known, weights), [(5, 1), (3, 0.5)]), randn([3, 5], float64), randn([7, 5], float64));
    }

    [Fact]
    public void A_query_with_two_positives_has_the_mean_of_the_losses_with_each_alone()
    {
        var (q, p) = (randn([2, 6], float64), randn([5, 6], float64));
        var both = InfoNce.PerQuery(q, p, PassageGroups.Several([0, 0, 0, 1, 1], [[0, 1], [3]]), new()).data<double>().ToArray();
        var with = new[] { 0, 1 }.Select(positive =>
        {
            // The other positive taken out of the batch.
            long[] rest = positive == 0 ? [0, 2, 3, 4] : [1, 2, 3, 4];
            return InfoNce.PerQuery(q, p.index_select(0, tensor(rest)), new([0, 0, 1, 1], [0, 2]), new()).data<double>().ToArray();
        }).ToArray();
        Assert.Equal((with[0][0] + with[1][0]) / 2, both[0], 1e-12);
        // The other query has both as negatives.
        Assert.Equal(InfoNce.PerQuery(q, p, new([0, 0, 0, 1, 1], [0, 3]), new()).data<double>().ToArray()[1], both[1], 1e-12);
    }

    [Fact]
    public void A_known_positive_of_another_query_pushes_neither_way()
    {
        var (q, p) = (randn([3, 6], float64), randn([3, 6], float64));
        var options = new InfoNceOptions(1, Directions.QueryToDocument | Directions.DocumentToQuery, Partition.PerDirection);
        var groups = PassageGroups.Equal(3, 1);
        var known = groups.Matrix((row, j) => row == 0 && j == 2);
        var leaf = q.clone().requires_grad_();
        var rows = InfoNce.PerQuery(leaf, p, groups, options, known);
        // Query 0 is told apart from passage 1 alone, and passage 2 from query 1 alone.
        var s = nn.functional.normalize(q).matmul(nn.functional.normalize(p).t()).data<double>().ToArray();
        double Log(params double[] terms) => Math.Log(terms.Sum(Math.Exp));
        Assert.Equal((Log(s[0], s[1]) + Log(s[0], s[3], s[6])) / 2 - s[0], rows[0].item<double>(), 1e-12);
        Assert.Equal((Log(s[6], s[7], s[8]) + Log(s[5], s[8])) / 2 - s[8], rows[2].item<double>(), 1e-12);
    }

    [Fact]
    public void Ragged_groups_of_one_size_are_equal_groups()
    {
        var (q, p) = (randn([2, 4]), randn([4, 4]));
        var ragged = InfoNce.Loss(q, p, new([0, 0, 1, 1], [0, 2]), new());
        Assert.Equal(InfoNce.Loss(q, p, PassageGroups.Equal(2, 2), new()).item<float>(), ragged.item<float>());
    }

    [Fact]
    public void Other_hard_negatives_give_another_loss()
    {
        var (q, p) = (randn([2, 4]), randn([4, 4]));
        var other = cat([p.narrow(0, 0, 3), randn([1, 4])]);
        Assert.NotEqual(InfoNce.Loss(q, p, PassageGroups.Equal(2, 2), new()).item<float>(), InfoNce.Loss(q, other, PassageGroups.Equal(2, 2), new()).item<float>());
    }

    [Fact]
    public void A_positive_of_another_query_is_refused() => Assert.Throws<ArgumentException>(() => new PassageGroups([0, 1], [1, 0]));

    public void Dispose() => scope?.Dispose();
}
