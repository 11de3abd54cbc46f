using ReasonIR.Retrieval.Statistics;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Statistics;

public sealed class StatisticsTests
{
    [Fact]
    public void A_paired_test_by_hand()
    {
        // Differences 1, 2, 3: mean 2, standard deviation 1, t = 2√3 with 2 degrees of freedom.
        var test = PairedTTest.Compare([2, 4, 6], [1, 2, 3]);

        Assert.Equal(2 * Math.Sqrt(3), test.T!.Value, 1e-14);
        // With two degrees of freedom the distribution has a closed form.
        Assert.Equal(1 - test.T.Value / Math.Sqrt(2 + 12), test.P!.Value, 1e-14);
        Assert.Equal(2, test.EffectSize!.Value, 1e-14);
        Assert.Equal((3, 0, 0), (test.Wins, test.Losses, test.Ties));
        Assert.Equal(2, (test.Interval!.Value.Low + test.Interval.Value.High) / 2, 1e-13);
    }

    [Fact]
    public void Systems_are_paired_by_query_and_none_is_dropped()
    {
        var a = new Dictionary<string, double> { ["q2"] = 1, ["q1"] = 0.5, ["q3"] = 0.25 };
        var b = new Dictionary<string, double> { ["q1"] = 0, ["q2"] = 0.75, ["q3"] = 0.5 };

        Assert.Equal(1 / 6.0, PairedTTest.Compare(a, b).MeanDifference, 1e-15);
        b.Remove("q3");
        Assert.Contains("query q3", Assert.Throws<ArgumentException>(() => PairedTTest.Compare(a, b)).Message);
        Assert.Contains("query q3", Assert.Throws<ArgumentException>(() => PairedTTest.Compare(b, a)).Message);
    }

    [Fact]
    public void Exchanging_the_systems_changes_signs_only()
    {
        var random = new Random(8);
        double[] a = [.. Enumerable.Range(0, 40).Select(_ => random.NextDouble())];
        double[] b = [.. Enumerable.Range(0, 40).Select(_ => random.NextDouble())];
        var (ab, ba) = (PairedTTest.Compare(a, b), PairedTTest.Compare(b, a));

        Assert.Equal(ab.P!.Value, ba.P!.Value, 1e-14);
        Assert.Equal(ab.T!.Value, -ba.T!.Value, 1e-14);
        Assert.Equal(WilcoxonTest.Compare(a, b).P, WilcoxonTest.Compare(b, a).P, 1e-14);
        Assert.Equal(SignTest.Compare(a, b).P, SignTest.Compare(b, a).P, 1e-14);
    }

    [Fact]
    public void Two_equal_systems_differ_significantly_in_one_test_of_twenty()
    {
        var random = new Random(12);
        var significant = 0;
        const int trials = 2000;
        for (var trial = 0; trial < trials; trial++)
        {
            double[] a = [.. Enumerable.Range(0, 30).Select(_ => random.NextDouble())];
            double[] b = [.. Enumerable.Range(0, 30).Select(_ => random.NextDouble())];
            significant += PairedTTest.Compare(a, b).P < 0.05 ? 1 : 0;
        }
        Assert.InRange(significant / (double)trials, 0.035, 0.065);
    }

    [Fact]
    public void The_same_seed_gives_the_same_p_and_interval()
    {
        double[] a = [.. Enumerable.Range(0, 30).Select(i => Math.Sin(i))];
        double[] b = [.. Enumerable.Range(0, 30).Select(i => Math.Sin(i * i))];

        Assert.Equal(RandomizationTest.Compare(a, b, 5000, 3), RandomizationTest.Compare(a, b, 5000, 3));
        Assert.Equal(BootstrapInterval.Of(a, b, 5000, seed: 3), BootstrapInterval.Of(a, b, 5000, seed: 3));
        Assert.NotEqual(BootstrapInterval.Of(a, b, 5000, seed: 3), BootstrapInterval.Of(a, b, 5000, seed: 4));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4.5)]
    [InlineData(100)]
    public void Quantiles_invert_the_distributions(double degreesOfFreedom)
    {
        foreach (var p in new[] { 1e-12, 0.001, 0.1, 0.3, 0.4999999, 0.5, 0.7, 0.99999 })
        {
            Assert.Equal(p, StudentT.Cumulative(StudentT.Quantile(p, degreesOfFreedom), degreesOfFreedom), p * 1e-11);
            Assert.Equal(p, NormalDistribution.Cumulative(NormalDistribution.Quantile(p)), p * 1e-13);
        }
    }

    [Fact]
    public void The_gamma_function_grows_by_its_argument()
    {
        for (var x = 0.01; x < 40; x += 0.037)
            Assert.Equal(Gamma.Log(x) + Math.Log(x), Gamma.Log(x + 1), 1e-12 * (1 + Math.Abs(Gamma.Log(x + 1))));
        Assert.Equal(0, Gamma.Log(1));
        Assert.Equal(0, Gamma.Log(2));
    }

    [Fact]
    public void Adjusted_p_values_keep_order_and_bounds()
    {
        double[] p = [0.04, 0.001, 0.9, 0.02, 0.02];

        foreach (var adjusted in new[]
        {
            MultipleTesting.Bonferroni(p), MultipleTesting.Holm(p), MultipleTesting.BenjaminiHochberg(p), MultipleTesting.BenjaminiYekutieli(p),
        })
            for (var i = 0; i < p.Length; i++)
            {
                Assert.InRange(adjusted[i], p[i], 1);
                Assert.All(Enumerable.Range(0, p.Length).Where(j => p[j] < p[i]), j => Assert.True(adjusted[j] <= adjusted[i]));
            }
        Assert.Empty(MultipleTesting.Holm([]));
        Assert.Throws<ArgumentException>(() => MultipleTesting.Holm([0.1, double.NaN]));
    }

    [Fact]
    public void A_ranking_with_a_document_twice_has_no_overlap() =>
        Assert.Throws<ArgumentException>(() => RankOverlap.Extrapolated(["a", "a"], ["a", "b"]));
}
