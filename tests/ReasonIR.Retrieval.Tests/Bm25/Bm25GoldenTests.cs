using ReasonIR.Check.Golden;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Testing;

namespace ReasonIR.Retrieval.Tests.Bm25;

public sealed class Bm25GoldenTests
{
    [Fact]
    public async Task Equals_Lucene_and_BRIGHT_over_four_collections()
    {
        SharedData.Require("data/scifact");
        var groups = await GoldenCheck.RunAsync(SharedData.Require("golden/bm25"), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(8, groups.Count);
        Assert.All(groups, group => Assert.True(group.Succeeded, group.ToJson()));
    }

    [Fact]
    public void Decodes_all_256_lengths_as_Lucene_does()
    {
        var lines = File.ReadAllLines(SharedData.Require("golden/bm25/lucene-length-bytes.tsv")).Skip(1).Select(line => line.Split('\t'));
        var expected = lines.ToDictionary(columns => int.Parse(columns[0]), columns => int.Parse(columns[1]));
        Assert.Equal(256, expected.Count);
        Assert.All(expected, pair => Assert.Equal(pair.Value, LengthCode.Lengths[pair.Key]));
    }

    [Fact]
    public void Rounds_every_length_down_to_a_code()
    {
        for (var length = 0; length < 100_000; length++)
        {
            var code = LengthCode.Encode(length);
            Assert.True(LengthCode.Lengths[code] <= length && LengthCode.Lengths[code + 1] > length, $"{length} has code {code}");
        }
        Assert.True(LengthCode.Lengths[LengthCode.Encode(int.MaxValue)] > 1_900_000_000);
    }
}
