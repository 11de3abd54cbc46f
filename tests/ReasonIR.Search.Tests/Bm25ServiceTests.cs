using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests;

public sealed class Bm25ServiceTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Explains_a_score_by_term_where_asked()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl",
            "{\"_id\":\"a\",\"text\":\"moon and moon and sea\"}\n{\"_id\":\"b\",\"text\":\"the sea\"}\n{\"_id\":\"d\",\"text\":\"sun\"}\n"))));
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        var client = new SearchClient(service.Http);
        var settings = new Bm25Settings("bright", 1.2, 0.75);
        var found = await client.SearchAsync(new("c", "moons over the sea", new("bm25", "bm25", Bm25: settings), Explain: true), Token);
        var best = found.Hits[0];
        Assert.Equal(("a", settings, "lucene-english"), (best.DocumentId, best.Bm25!.Settings, best.Bm25.Analyzer));
        Assert.Equal([("moon", 2, 1), ("sea", 1, 2)], best.Bm25.Terms.Select(term => (term.Term, term.Occurrences, term.DocumentFrequency)));
        Assert.Equal(best.Score, best.Bm25.Terms.Sum(term => term.Score), 1e-6);
        Assert.Null((await client.SearchAsync(new("c", "moons", new("bm25", "bm25")), Token)).Hits[0].Bm25);
    }

    [Fact]
    public async Task Rm3_finds_what_the_query_alone_misses()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        var filler = string.Concat(Enumerable.Range(0, 40).Select(i => $"{{\"_id\":\"f{i}\",\"text\":\"filler{i}\"}}\n"));
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl",
            filler + "{\"_id\":\"a\",\"title\":\"Tides\",\"text\":\"gravity of the moon\"}\n{\"_id\":\"b\",\"text\":\"gravity pulls\"}\n"))));
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        var client = new SearchClient(service.Http);
        Assert.Equal(["a"], (await client.SearchAsync(new("c", "tide", new("bm25", "bm25")), Token)).Hits.Select(hit => hit.DocumentId));
        var expanded = await client.SearchAsync(new("c", "tide", new("rm3", "bm25", Bm25: new(Rm3: new())), Explain: true), Token);
        Assert.Equal(["a", "b"], expanded.Hits.Select(hit => hit.DocumentId));
        // What it was found by: a term that the query itself lacks, with the weight that it got.
        var found = Assert.Single(expanded.Hits[1].Bm25!.Terms);
        Assert.Equal(("graviti", 0, true), (found.Term, found.QueryOccurrences, found.QueryWeight is > 0 and < 1));
        Assert.Contains(expanded.Hits[0].Bm25!.Terms, term => term is { Term: "tide", QueryOccurrences: 1 });
        Assert.All(expanded.Hits, hit => Assert.Equal(hit.Score, hit.Bm25!.Terms.Sum(term => term.Score), 1e-6));
        Assert.Contains("bm25.rm3", Assert.Single(new SystemSpec("x", "bm25", Bm25: new("bright", Rm3: new())).Problems("system")));
    }

    [Fact]
    public async Task The_analyzer_is_chosen_with_the_index_and_queries_follow_it()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", "{\"_id\":\"a\",\"text\":\"Tides rising\"}\n{\"_id\":\"b\",\"text\":\"rise, the tide\"}\n"))));
        var client = new SearchClient(service.Http);
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25", Analyzer: "simple"));
        var simple = await client.SearchAsync(new("c", "the tides", new("bm25", "bm25")), Token);
        Assert.Equal(["the", "tides"], simple.Terms);
        Assert.Equal(["Tides"], simple.Hits.Single(hit => hit.DocumentId == "a").Matches!.Select(match => "Tides rising".Substring(match.Start, match.Length)));
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        Assert.Equal(["tide"], (await client.SearchAsync(new("c", "the tides", new("bm25", "bm25")), Token)).Terms);
        Assert.Contains("analyzer: expected lucene-english or simple or whitespace, found 'klingon'", new IndexSpec("c", "bm25", Analyzer: "klingon").Problems().Single());
    }

    [Fact]
    public async Task A_changed_corpus_analyzes_only_what_changed_and_gives_the_same_index()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        var lines = Enumerable.Range(0, 50).Select(i => $"{{\"_id\":\"d{i}\",\"text\":\"moon number {i}\"}}\n").ToArray();
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", string.Concat(lines)))));
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        lines[7] = "{\"_id\":\"d7\",\"text\":\"entirely different\"}\n";
        var changed = string.Concat(lines) + "{\"_id\":\"more\",\"text\":\"another moon\"}\n";
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", changed))));
        var run = await service.RunAsync(new IndexSpec("c", "bm25"));
        await using var db = await service.OpenAsync();
        var log = await db.RunLogs.AsNoTracking().Where(line => line.RunId == run.Id).Select(line => line.Message).ToListAsync(Token);
        Assert.Contains("49 documents are as in the index before; 2 were analyzed.", log);
        var updated = await IndexFileAsync(service, "c");

        await service.MakeAsync<ImportOutput>(new ImportSpec("fresh", service.Upload(("corpus.jsonl", changed))));
        await service.MakeAsync<IndexOutput>(new IndexSpec("fresh", "bm25"));
        Assert.Equal(File.ReadAllBytes(await IndexFileAsync(service, "fresh")), File.ReadAllBytes(updated));
    }

    [Fact]
    public async Task A_damaged_index_says_so_and_is_built_again()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", "{\"_id\":\"a\",\"text\":\"moon\"}\n"))));
        var first = await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        var file = await IndexFileAsync(service, "c");
        File.WriteAllBytes(file, [.. File.ReadAllBytes(file).Take(300)]);
        var client = new SearchClient(service.Http);
        var error = await Assert.ThrowsAsync<Contracts.ServiceException>(() => client.SearchAsync(new("c", "moon", new("bm25", "bm25")), Token));
        Assert.Contains("cut off or damaged", error.Message);
        Assert.NotEqual(first.IndexId, (await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"))).IndexId);
        Assert.Single((await client.SearchAsync(new("c", "moon", new("bm25", "bm25")), Token)).Hits);
    }

    static async Task<string> IndexFileAsync(ServiceUnderTest<Program> service, string corpus)
    {
        await using var db = await service.OpenAsync();
        var path = await db.Indexes.Where(index => index.Corpus!.Name == corpus).OrderByDescending(index => index.Id).Select(index => index.Path).FirstAsync(Token);
        return Path.Combine(service.Artifacts, path);
    }
}
