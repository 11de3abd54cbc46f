using ReasonIR.Torch;
using ReasonIR.Training.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Training.Tests.Losses;

public sealed class DistillationTests : IDisposable
{
    // Queries with two, no and one hard negative; the positives do not come first everywhere.
    readonly PassageGroups ragged = new([0, 0, 0, 1, 2, 2], [1, 3, 4]);
    readonly DisposeScope scope;

    public DistillationTests()
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        scope = NewDisposeScope();
        manual_seed(4);
    }

    [Theory]
    [InlineData("kl", Similarity.Cosine)]
    [InlineData("kl", Similarity.Dot)]
    [InlineData("cross entropy", Similarity.Cosine)]
    [InlineData("margin", Similarity.Cosine)]
    [InlineData("margin", Similarity.Dot)]
    public void Gradients_are_those_of_finite_differences(string kind, Similarity similarity)
    {
        var teacher = randn([6], float64);
        Gradients.AreThoseOfFiniteDifferences(x => Mean(Loss(kind, x[0], x[1], ragged, teacher, similarity)), randn([3, 5], float64), randn([6, 5], float64));
    }

    [Fact]
    public void A_query_alone_has_the_loss_it_has_among_others()
    {
        var (q, p, teacher) = (randn([3, 5], float64), randn([6, 5], float64), randn([6], float64));
        foreach (var kind in new[] { "kl", "cross entropy", "margin" })
        {
            var together = Loss(kind, q, p, ragged, teacher, Similarity.Cosine).Losses.data<double>().ToArray();
            var alone = Loss(kind, q.narrow(0, 0, 1), p.narrow(0, 0, 3), new([0, 0, 0], [1]), teacher.narrow(0, 0, 3), Similarity.Cosine).Losses.item<double>();
            Assert.Equal(alone, together[0], 1e-12);
        }
    }

    [Fact]
    public void A_query_without_a_teachers_score_counts_nothing_and_a_margin_counts_negatives()
    {
        var (q, p) = (randn([3, 5]), randn([6, 5]));
        var teacher = tensor([.1f, .2f, float.NaN, .4f, .5f, .6f]);
        Assert.Equal([0, 1, 1], Loss("kl", q, p, ragged, teacher, Similarity.Dot).Counts.data<float>().ToArray());
        Assert.Equal([0, 0, 1], Loss("margin", q, p, ragged, teacher, Similarity.Dot).Counts.data<float>().ToArray());
        Assert.Equal([2, 0, 1], Loss("margin", q, p, ragged, tensor([.1f, .2f, .3f, .4f, .5f, .6f]), Similarity.Dot).Counts.data<float>().ToArray());
        Assert.True(float.IsFinite(Mean(Loss("kl", q, p, ragged, teacher, Similarity.Dot)).item<float>()));
    }

    [Fact]
    public void A_student_that_scores_as_its_teacher_has_nothing_to_learn()
    {
        var (q, p) = (randn([3, 5], float64), randn([6, 5], float64));
        var scores = (q.index_select(0, ragged.PassageQueries) * p).sum(1);
        // The temperatures are 0.5 and 2.
        Assert.Equal(0, Mean(Loss("kl", q, p, ragged, scores * 4, Similarity.Dot)).item<double>(), 1e-12);
        Assert.Equal(0, Mean(Loss("margin", q, p, ragged, scores, Similarity.Dot)).item<double>(), 1e-12);
        Assert.True(Mean(Loss("kl", q, p, ragged, -scores, Similarity.Dot)).item<double>() > 0.01);
    }

    static Tensor Mean((Tensor Losses, Tensor Counts) each) => InfoNce.Mean(each.Losses, each.Counts, WeightNorm.SumOfWeights);

    static (Tensor Losses, Tensor Counts) Loss(string kind, Tensor q, Tensor p, PassageGroups groups, Tensor teacher, Similarity similarity) => kind switch
    {
        "kl" => Distillation.KullbackLeibler(q, p, groups, teacher, similarity, 0.5, 2, timesSquaredTemperature: true),
        "cross entropy" => Distillation.CrossEntropy(q, p, groups, teacher, similarity, 0.5, 2),
        _ => Distillation.MarginMse(q, p, groups, teacher, similarity),
    };

    public void Dispose() => scope?.Dispose();
}
