using ReasonIR.Retrieval.Statistics;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Statistics;

public sealed class CohenKappaTests
{
    /// <summary>The example of the literature: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no; observed 0.7, by chance 0.5.</summary>
    [Fact]
    public void Takes_chance_out_of_agreement()
    {
        bool[] a = [.. Enumerable.Repeat(true, 25), .. Enumerable.Repeat(false, 25)];
        bool[] b = [.. Enumerable.Repeat(true, 20), .. Enumerable.Repeat(false, 5), .. Enumerable.Repeat(true, 10), .. Enumerable.Repeat(false, 15)];

        var kappa = CohenKappa.Of(a, b);

        Assert.Equal((50, 0.7, 0.5), (kappa.Items, kappa.Observed, kappa.Expected));
        Assert.Equal(0.4, kappa.Kappa!.Value, 12);
    }

    [Theory]
    [InlineData("aabb", "aabb", 1.0)]
    [InlineData("abab", "baba", -1.0)]
    [InlineData("aabb", "abab", 0.0)]
    [InlineData("aaaa", "aaaa", null)]
    [InlineData("", "", null)]
    [InlineData("aaaa", "abab", 0.0)]
    public void Knows_its_bounds(string a, string b, double? expected) => Assert.Equal(expected, CohenKappa.Of<char>([.. a], [.. b]).Kappa);

    /// <summary>By hand: weights 1 − (d/4)²; observed (1 + 15/16 + 3/4 + 1)/4, by chance the mean over the 16 pairs of grades.</summary>
    [Fact]
    public void Weighs_how_far_grades_are_apart()
    {
        int[] a = [1, 2, 3, 5], b = [1, 3, 5, 5];
        var expected = (from x in a from y in b select 1 - (x - y) * (x - y) / 16.0).Average();

        var kappa = CohenKappa.Quadratic(a, b);

        Assert.Equal(59 / 64.0, kappa.Observed, 12);
        Assert.Equal(expected, kappa.Expected, 12);
        Assert.Equal((59 / 64.0 - expected) / (1 - expected), kappa.Kappa!.Value, 12);
        Assert.Null(CohenKappa.Quadratic([3, 3], [3, 3]).Kappa);
    }

    [Fact]
    public void Refuses_lists_of_different_length() => Assert.Throws<ArgumentException>(() => CohenKappa.Of([1, 2], [1]));
}
