using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;

namespace ReasonIR.Retrieval.Tests.Bm25;

/// <summary>Leaving postings unread changes nothing: documents, order and every bit of the scores.</summary>
public sealed class Bm25PruningTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 700)]
    [InlineData(2, 9_000)]
    [InlineData(3, 20_000)]
    [InlineData(4, 33_000)]
    public void Gives_what_adding_up_everything_gives(int seed, int documents)
    {
        var random = new Random(seed);
        using var index = Bm25Index.BuildTemporary(Collection(random, documents), Analyzers.ByName("whitespace"), Token);
        for (var i = 0; i < 60; i++)
        {
            var parameters = new Bm25Parameters(
                i % 2 == 0 ? Bm25Variant.Lucene : Bm25Variant.Bright, random.Next(4) == 0 ? 0.9 : 3 * random.NextDouble(), random.Next(4) == 0 ? 0.4 : random.NextDouble());
            var query = string.Join(' ', Enumerable.Range(0, random.Next(1, 60)).Select(_ => Word(random)));
            var k = (int[])[1, 10, 100, 1000];
            IReadOnlySet<string>? exclude = random.Next(3) > 0 ? null : Enumerable.Range(0, 50).Select(_ => $"d{random.Next(documents)}").ToHashSet();
            var (wanted, found) = (k[random.Next(4)], default(IReadOnlyList<Retrieval.Ranking.ScoredDocument>));
            found = index.Search(query, wanted, parameters, exclude);
            Assert.Equal(index.SearchExhaustively(query, wanted, parameters, exclude), found);
            Assert.DoesNotContain(found, document => exclude?.Contains(document.Id) == true);
        }
    }

    [Fact]
    public void Holds_where_nearly_every_document_has_a_word_and_ties_abound()
    {
        // "all" weighs next to nothing beside "rare": sums are not exact in every order, and must come out as in the query's.
        var random = new Random(5);
        var texts = Enumerable.Range(0, 20_000).Select(i => ($"d{i}", i == 7 ? "nothing" : random.Next(40) == 0 ? "all all rare some" : random.Next(3) == 0 ? "all some" : "all"));
        using var index = Bm25Index.BuildTemporary(texts, Analyzers.ByName("whitespace"), Token);
        foreach (var query in (string[])["all rare", "all some rare rare", "all", "some all"])
            foreach (var variant in Enum.GetValues<Bm25Variant>())
                Assert.Equal(index.SearchExhaustively(query, 300, new(variant)), index.Search(query, 300, new(variant)));
    }

    [Fact]
    public void Survives_many_occurrences_and_long_documents()
    {
        var random = new Random(6);
        var texts = Enumerable.Range(0, 12_000).Select(i => ($"d{i}", string.Join(' ', Enumerable.Repeat("often", random.Next(100) == 0 ? random.Next(1, 3000) : random.Next(3)).Concat(Enumerable.Repeat($"w{i % 300}", random.Next(1, 40))))));
        using var index = Bm25Index.BuildTemporary(texts, Analyzers.ByName("whitespace"), Token);
        foreach (var variant in Enum.GetValues<Bm25Variant>())
            for (var i = 0; i < 20; i++)
                Assert.Equal(index.SearchExhaustively($"often w{i} w{i + 1} w{i + 2}", 50, new(variant)), index.Search($"often w{i} w{i + 1} w{i + 2}", 50, new(variant)));
    }

    [Fact]
    public void Explains_scores_in_every_block()
    {
        using var index = Bm25Index.BuildTemporary(Collection(new(8), 5_000), Analyzers.ByName("whitespace"), Token);
        foreach (var (id, score) in index.Search("w0 w1 w2 w40 w900", 200))
            Assert.Equal(score, index.Explain("w0 w1 w2 w40 w900", id)!.Score);
    }

    static IEnumerable<(string, string)> Collection(Random random, int documents)
    {
        for (var i = 0; i < documents; i++)
            yield return ($"d{i}", string.Join(' ', Enumerable.Range(0, random.Next(0, 50)).Select(_ => Word(random))));
    }

    // From words in every third document to words in one.
    static string Word(Random random) => $"w{(int)(5000 * Math.Pow(random.NextDouble(), 4))}";
}
