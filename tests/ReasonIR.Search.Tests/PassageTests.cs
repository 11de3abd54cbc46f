using System.Text.Json;
using ReasonIR.Contracts.Passages;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests;

/// <summary>Indexes whose documents are cut into passages, from documents to answers.</summary>
public sealed class PassageTests(PostgresFixture postgres) : IDisposable
{
    const string Rule = "tokens:16:4";

    static readonly string Moons = string.Concat(Enumerable.Repeat("moon ", 16));

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-passages-");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Words of sea, then others, of which only the last passages know.</summary>
    static string Long(string last) => string.Concat(Enumerable.Repeat("sea ", 39)) + last;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_long_document_is_found_by_its_best_passage_which_the_answer_names()
    {
        await using var system = await DenseSystem.StartAsync(postgres, folder);
        await system.ImportAsync(new("long", "", Long(Moons)), new("mixed", "", "moon sea"), new("salt", "", "salt"));
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny"));
        var whole = await system.SearchAsync("moon");
        Assert.Equal("long", whole[^1].DocumentId);
        Assert.All(whole, hit => Assert.Null(hit.Passage));

        var output = await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny", Passages: Rule));
        Assert.Equal((false, 3), (output.Reused, output.Documents));
        Assert.True((await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny", Passages: $"{Rule}:max"))).Reused);
        var hits = await system.SearchAsync("moon");
        Assert.Equal(["long", "salt", "mixed"], hits.Select(hit => hit.DocumentId));
        var passage = hits[0].Passage!;
        Assert.Equal((5, 5), (passage.Number, passage.Of));
        Assert.Equal(1.0, hits[0].Score, 1e-5);
        Assert.StartsWith("moon moon", passage.Text);
        Assert.Equal(passage.Text, Long(Moons).Substring(passage.Start, passage.Length));
        Assert.Equal((1, 1), (hits[1].Passage!.Number, hits[1].Passage!.Of));

        // The mean of five passages, four of them of sea, is nearer to the sea. The vectors are the same ones.
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny", Passages: $"{Rule}:mean"));
        Assert.Equal("long", (await system.SearchAsync("moon"))[^1].DocumentId);
        Assert.Equal(0, await system.EncodedAsync());
        Assert.Contains("passages: expected tokens", Assert.Single(new IndexSpec("c", "dense", "tiny", Passages: "16").Problems()));
    }

    [Fact]
    public async Task Documents_that_change_are_encoded_alone_with_all_their_passages()
    {
        await using var system = await DenseSystem.StartAsync(postgres, folder);
        await system.ImportAsync(new("a", "", Long(Moons)), new("b", "", "salt"), new("c", "", Long("salt")));
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny", Passages: Rule));
        Assert.Equal(3, await system.EncodedAsync());
        Assert.Equal(("a", 5), Best(await system.SearchAsync("moon")));

        // One becomes shorter, one longer, one goes.
        await system.ImportAsync(new("a", "", "sea"), new("b", "", Long(Moons)));
        var output = await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny", Passages: Rule));
        Assert.Equal((2, 2L), (output.Documents, await system.EncodedAsync()));
        var hits = await system.SearchAsync("moon");
        Assert.Equal(["b", "a"], hits.Select(hit => hit.DocumentId));
        Assert.Equal([5, 1], hits.Select(hit => hit.Passage!.Of));

        await system.ImportAsync(new("a", "", "sea"), new("b", "", Long(Moons)), new("d", "", Long("salt")));
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny", Passages: Rule));
        Assert.Equal(1, await system.EncodedAsync());
        // Without passages the vectors are others, all of them.
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny"));
        Assert.Equal(3, await system.EncodedAsync());

        static (string, int) Best(IReadOnlyList<SearchHit> hits) => (hits[0].DocumentId, hits[0].Passage!.Number);
    }

    /// <summary>Documents of BRIGHT's TheoremQA, cut short: what all passages give, ranked one by one, with the best of each document.</summary>
    [Fact]
    public async Task Bm25_ranks_documents_by_their_best_passage_exactly()
    {
        var source = SharedData.Require("data/bright/pool-theoremqa_questions/documents.jsonl");
        var documents = File.ReadLines(source).Select(line => JsonDocument.Parse(line).RootElement).Select(line => (Id: line.GetProperty("id").GetString()!, Text: line.GetProperty("content").GetString()!))
            .DistinctBy(document => document.Id).ToList();
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", Lines(documents)))));
        var output = await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25", Passages: "tokens:24:8"));
        Assert.Equal(documents.Count, output.Documents);

        var rule = PassageRule.Parse("tokens:24:8")!;
        using var all = Bm25Index.BuildTemporary(documents.SelectMany(document => rule.Cut(document.Text).Select((passage, part) => ($"{document.Id} {part:0000}", passage.Text("", document.Text)))), LuceneEnglishAnalyzer.Instance, Token);
        Assert.InRange(all.Statistics.Documents, 2 * documents.Count, int.MaxValue);
        var client = new SearchClient(service.Http);
        foreach (var (number, query) in documents.Where((_, i) => i % 100 == 0).Index())
        {
            var exclude = number % 2 == 0 ? [query.Id] : new HashSet<string>();
            var expected = all.SearchExhaustively(query.Text, int.MaxValue).GroupBy(passage => passage.Id[..^5]).Where(group => !exclude.Contains(group.Key))
                .Select(group => new ScoredDocument(group.Key, group.Max(passage => passage.Score))).Order(DocumentOrder.Best).Take(10).ToList();
            var found = await client.SearchAsync(new("c", query.Text, new("bm25", "bm25"), Exclude: [.. exclude], Explain: true), Token);
            Assert.Equal(expected.Select(document => document.Id), found.Hits.Select(hit => hit.DocumentId));
            Assert.All(found.Hits.Zip(expected), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-5));
            Assert.All(found.Hits, hit => Assert.Equal(hit.Score, hit.Bm25!.Score, 1e-5));
        }
        // The same after changes that take most passages over.
        var changed = documents.Select((document, i) => i == 0 ? document with { Text = "entirely different words " + document.Text } : document).ToList();
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", Lines(changed)))));
        Assert.Equal(changed.Count, (await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25", Passages: "tokens:24:8"))).Documents);
        var hits = (await client.SearchAsync(new("c", "entirely different words", new("bm25", "bm25")), Token)).Hits;
        Assert.Equal((changed[0].Id, 1), (hits[0].DocumentId, hits[0].Passage!.Number));
        var expanded = await client.SearchAsync(new("c", "entirely different words", new("rm3", "bm25", Bm25: new(Rm3: new()))), Token);
        Assert.Equal(changed[0].Id, expanded.Hits[0].DocumentId);

        static string Lines(IEnumerable<(string Id, string Text)> documents) => string.Concat(documents.Select(document => JsonSerializer.Serialize(new { _id = document.Id, text = document.Text }) + "\n"));
    }
}
