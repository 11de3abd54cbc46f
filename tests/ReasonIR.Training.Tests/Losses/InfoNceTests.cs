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
        var (q, p) = (randn([3, 5], float64), randn([6, 5], float64));
        var (qi, pi) = (q.clone().requires_grad_(), p.clone().requires_grad_());
        InfoNce.Loss(qi, pi, groups, options).backward();
        Compare(q, qi.grad!, x => InfoNce.Loss(x, p, groups, options));
        Compare(p, pi.grad!, x => InfoNce.Loss(q, x, groups, options));

        static void Compare(Tensor x, Tensor gradient, Func<Tensor, Tensor> f)
        {
            const double step = 1e-6;
            var (values, analytic) = (x.data<double>().ToArray(), gradient.data<double>().ToArray());
            for (var i = 0; i < values.Length; i++)
            {
                double At(double shift)
                {
                    var moved = (double[])values.Clone();
                    moved[i] += shift;
                    return f(tensor(moved, x.shape)).item<double>();
                }
                Assert.Equal((At(step) - At(-step)) / (2 * step), analytic[i], 1e-7);
            }
        }
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
