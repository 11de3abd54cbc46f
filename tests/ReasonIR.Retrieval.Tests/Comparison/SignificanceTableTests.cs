using ReasonIR.Retrieval.Comparison;
using ReasonIR.Retrieval.Statistics;

namespace ReasonIR.Retrieval.Tests.Comparison;

public sealed class SignificanceTableTests
{
    [Fact]
    public void Two_systems_share_a_letter_exactly_where_they_do_not_differ()
    {
        var random = new Random(5);
        for (var round = 0; round < 300; round++)
        {
            var count = random.Next(2, 9);
            var differing = (from a in Enumerable.Range(0, count) from b in Enumerable.Range(a + 1, count - a - 1) where random.NextDouble() < 0.4 select (a, b)).ToHashSet();
            var letters = LetterGroups.Of(count, differing);
            Assert.All(letters, text => Assert.NotEmpty(text));
            for (var a = 0; a < count; a++)
                for (var b = a + 1; b < count; b++)
                    Assert.Equal(!differing.Contains((a, b)), letters[a].Intersect(letters[b]).Any());
            // No group is part of another: each letter says something.
            var groups = letters.SelectMany(text => text).Distinct().Select(letter => letters.Index().Where(row => row.Item.Contains(letter)).Select(row => row.Index).ToHashSet()).ToList();
            Assert.DoesNotContain(groups, group => groups.Exists(other => group != other && group.IsSubsetOf(other)));
        }
    }

    [Fact]
    public void The_best_system_has_the_first_letter()
    {
        Assert.Equal(["a", "ab", "b"], LetterGroups.Of(3, [(0, 2)]));
        Assert.Equal(["a", "a"], LetterGroups.Of(2, []));
    }

    [Theory]
    [InlineData(PairTest.T), InlineData(PairTest.Wilcoxon), InlineData(PairTest.Randomization)]
    public void Pairs_have_the_p_of_the_test_and_are_adjusted_together(PairTest test)
    {
        var random = new Random(3);
        var queries = Enumerable.Range(0, 60).Select(i => $"q{i}").ToArray();
        MeasuredSystem System(string name, double gain) => new(name, queries.ToDictionary(query => query, _ => Math.Clamp(random.NextDouble() * 0.6 + gain, 0, 1)));
        var systems = new[] { System("low", 0), System("high", 0.35), System("same", 0.34) };
        var table = SignificanceTable.Of(systems, test, PairCorrection.Holm);
        Assert.Equal("low", table.Systems[2]);
        Assert.Equal(["a", "a", "b"], table.Letters);
        var expected = table.Pairs.Select(pair =>
        {
            var (a, b) = Paired.Align(systems.Single(s => s.Name == table.Systems[pair.A]).Values, systems.Single(s => s.Name == table.Systems[pair.B]).Values);
            return test switch { PairTest.T => PairedTTest.Compare(a, b).P!.Value, PairTest.Wilcoxon => WilcoxonTest.Compare(a, b).P, _ => RandomizationTest.Compare(a, b, 10_000).P };
        }).ToArray();
        Assert.Equal(expected, table.Pairs.Select(pair => pair.P));
        Assert.Equal(MultipleTesting.Holm(expected), table.Pairs.Select(pair => pair.Adjusted));
        Assert.Equal(MultipleTesting.BenjaminiHochberg(expected), SignificanceTable.Of(systems, test, PairCorrection.BenjaminiHochberg).Pairs.Select(pair => pair.Adjusted));
    }

    [Fact]
    public void Equal_systems_do_not_differ_and_a_constant_lead_does()
    {
        var queries = Enumerable.Range(0, 20).ToDictionary(i => $"q{i}", i => i / 40.0);
        var table = SignificanceTable.Of([new("x", queries), new("y", queries), new("z", queries.ToDictionary(pair => pair.Key, pair => pair.Value + 0.1))]);
        Assert.Equal("z", table.Systems[0]);
        Assert.Equal(["a", "b", "b"], table.Letters);
    }

    [Fact]
    public void Systems_over_other_queries_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => SignificanceTable.Of([new("x", new Dictionary<string, double> { ["1"] = 1 }), new("y", new Dictionary<string, double> { ["2"] = 1 })]));
        Assert.Contains("system y", error.Message);
    }
}
