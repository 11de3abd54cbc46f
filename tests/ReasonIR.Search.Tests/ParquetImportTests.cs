using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Hub;
using ReasonIR.Testing.Parquet;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests;

/// <summary>Collections as the hub lays them out, from a server that behaves like it and from folders.</summary>
public sealed class ParquetImportTests(PostgresFixture postgres)
{
    const string Commit = "0123456789abcdef0123456789abcdef01234567";

    static readonly TestColumn[] documentColumns = [new("id"), new("content")];

    static readonly TestColumn[] exampleColumns =
        [new("query"), new("reasoning"), new("id"), new("excluded_ids", true), new("gold_ids", true), new("gold_ids_long", true), new("gold_answer")];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Two tasks; the first with two shards, "N/A", a repeated gold id, a copy of a gold document, a rewritten set and long documents.</summary>
    static Dictionary<string, byte[]> Bright() => new()
    {
        ["README.md"] = "x"u8.ToArray(),
        ["documents/pony-00000-of-00002.parquet"] = ParquetWriter.Write(documentColumns, [["a.txt", "moon"], ["b.txt", "sea and salt"]]),
        ["documents/pony-00001-of-00002.parquet"] = ParquetWriter.Write(documentColumns, [["copy.txt", "moon"], ["d.txt", "sun"]]),
        ["examples/pony-00000-of-00001.parquet"] = ParquetWriter.Write(exampleColumns,
        [
            ["why tides", "because", "0", new[] { "N/A" }, new[] { "a.txt", "a.txt" }, new[] { "long.txt" }, null],
            ["salt", null, "1", new[] { "a.txt", "d.txt" }, new[] { "b.txt" }, new[] { "N/A" }, "answer"],
        ]),
        ["gpt4_reason/pony-00000-of-00001.parquet"] = ParquetWriter.Write(exampleColumns,
        [
            ["the moon pulls the water", null, "0", null, null, null, null], ["sodium chloride", null, "1", null, null, null, null],
        ]),
        ["long_documents/pony-00000-of-00001.parquet"] = ParquetWriter.Write(documentColumns, [["long.txt", "all about the moon"]]),
        ["documents/aops-00000-of-00001.parquet"] = ParquetWriter.Write(documentColumns, [["x", "one"]]),
        ["examples/aops-00000-of-00001.parquet"] = ParquetWriter.Write(exampleColumns, [["q", null, "0", null, new[] { "x" }, null, null]]),
    };

    static async Task<(ServiceUnderTest<Program>, HubServer)> StartAsync(PostgresFixture postgres)
    {
        var hub = await HubServer.StartAsync(Token);
        return (await ServiceUnderTest<Program>.StartAsync(postgres, ("HF_ENDPOINT", hub.Endpoint.ToString()), ("Hub:FirstPause", "00:00:00.01")), hub);
    }

    [Fact]
    public async Task A_task_of_BRIGHT_comes_from_the_hub_at_its_commit()
    {
        var (service, hub) = await StartAsync(postgres);
        await using var _ = service;
        await using var __ = hub;
        hub.Repositories["datasets/org/bright"] = new() { Commit = Commit, Files = Bright(), SmallBytes = 10, License = "cc-by-4.0" };
        hub.Fail("documents/pony-00000-of-00002.parquet", new HubFault.Dropped(20), new HubFault.Broken());
        var output = await service.MakeAsync<ImportOutput>(new ImportSpec("bright-pony", Hub: [new("org/bright", ["documents/pony-*.parquet", "examples/pony-*.parquet", "*_reason/pony-*.parquet"])], Task: "pony"));
        Assert.Equal((4, 1, 1, $"org/bright@{Commit}"), (output.Documents, output.Duplicates, output.GoldDuplicates, output.Commit));
        Assert.Equal(["test", "gpt4_reason"], output.QuerySets);
        Assert.DoesNotContain(hub.Requests, request => request.Path.Contains("aops"));
        await using var db = await service.OpenAsync();
        Assert.Equal($"org/bright@{Commit}", await db.Corpora.Select(row => row.Source).SingleAsync(Token));
        var sets = await db.QuerySets.AsNoTracking().Include(set => set.Queries).ThenInclude(query => query.Judgments).Include(set => set.Queries).ThenInclude(query => query.Exclusions)
            .OrderBy(set => set.Id).ToListAsync(Token);
        var (first, second) = (sets[0].Queries.Single(query => query.ExternalId == "0"), sets[0].Queries.Single(query => query.ExternalId == "1"));
        Assert.Equal(["a.txt"], first.Judgments.Select(judgment => judgment.DocumentExternalId));
        Assert.Empty(first.Exclusions);
        Assert.Equal(["a.txt", "d.txt"], second.Exclusions.Select(exclusion => exclusion.DocumentExternalId).Order());
        // A rewritten query has the judgments and exclusions of its original.
        var rewritten = sets[1].Queries.Single(query => query.ExternalId == "1");
        Assert.Equal(("sodium chloride", "b.txt", 2), (rewritten.Text, rewritten.Judgments.Single().DocumentExternalId, rewritten.Exclusions.Count));
    }

    [Fact]
    public async Task Excluded_documents_leave_the_ranking_before_the_cut()
    {
        var (service, hub) = await StartAsync(postgres);
        await using var _ = service;
        await using var __ = hub;
        hub.Repositories["datasets/org/bright"] = new()
        {
            Commit = Commit,
            Files = new Dictionary<string, byte[]>
            {
                ["documents/t.parquet"] = ParquetWriter.Write(documentColumns, [["a", "salt salt"], ["b", "salt and sea"], ["c", "sun"]]),
                ["examples/t.parquet"] = ParquetWriter.Write(exampleColumns, [["salt", null, "0", new[] { "a" }, new[] { "b" }, null, null]]),
            },
        };
        await service.MakeAsync<ImportOutput>(new ImportSpec("t", Hub: [new("org/bright", ["*.parquet"])]));
        await service.MakeAsync<IndexOutput>(new IndexSpec("t", "bm25"));
        await service.MakeAsync<EvaluateOutput>(new EvaluateSpec("t", [new("bm25", "bm25")], Depth: 1));
        await using var db = await service.OpenAsync();
        Assert.Equal(1, (await db.Results.SingleAsync(Token)).Measures["ndcg_cut_10"]);
    }

    [Fact]
    public async Task The_long_documents_come_from_an_uploaded_folder()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        var output = await service.MakeAsync<ImportOutput>(new ImportSpec("long", Upload(service, Bright()), Task: "pony", Long: true));
        Assert.Equal((1, 0), (output.Documents, output.UnknownJudged));
        await using var db = await service.OpenAsync();
        Assert.Equal("long.txt", await db.Judgments.Where(judgment => judgment.QueryId == db.Queries.OrderBy(query => query.Id).First().Id).Select(judgment => judgment.DocumentExternalId).SingleAsync(Token));
    }

    [Fact]
    public async Task BEIR_comes_with_judgments_from_a_repository_of_their_own()
    {
        var (service, hub) = await StartAsync(postgres);
        await using var _ = service;
        await using var __ = hub;
        TestColumn[] columns = [new("_id"), new("title"), new("text")];
        hub.Repositories["datasets/beir/small"] = new()
        {
            Commit = Commit,
            Files = new Dictionary<string, byte[]>
            {
                ["corpus/corpus-00000-of-00001.parquet"] = ParquetWriter.Write(columns, [["d1", "Tides", "moon"], ["d2", null, "salt"]]),
                ["queries/queries-00000-of-00001.parquet"] = ParquetWriter.Write(columns, [["q1", null, "why"], ["q2", null, "how"]]),
            },
        };
        hub.Repositories["datasets/beir/small-qrels"] = new() { Commit = Commit, Files = new Dictionary<string, byte[]> { ["test.tsv"] = "query-id\tcorpus-id\tscore\nq1\td2\t2\n"u8.ToArray() } };
        var output = await service.MakeAsync<ImportOutput>(new ImportSpec("small", Hub: [new("beir/small", ["corpus/*", "queries/*"]), new("beir/small-qrels", ["*.tsv"])]));
        Assert.Equal(2, output.Documents);
        Assert.Equal(["test"], output.QuerySets);
        await using var db = await service.OpenAsync();
        var query = await db.Queries.Include(row => row.Judgments).SingleAsync(Token);
        Assert.Equal(("q1", "d2", 2), (query.ExternalId, query.Judgments[0].DocumentExternalId, query.Judgments[0].Grade));
        Assert.Equal("Tides", await db.Documents.OrderBy(row => row.Id).Select(row => row.Title).FirstAsync(Token));
    }

    [Theory]
    [InlineData("nothing-here/*", null, "has no file 'nothing-here/*'; it has README.md")]
    [InlineData("*.parquet", "chess", "found those of aops, pony")]
    [InlineData("*.parquet", null, "found those of aops, pony")]
    public async Task What_the_repository_does_not_hold_is_named(string pattern, string? task, string expected)
    {
        var (service, hub) = await StartAsync(postgres);
        await using var _ = service;
        await using var __ = hub;
        hub.Repositories["datasets/org/bright"] = new() { Commit = Commit, Files = Bright() };
        var run = await service.RunAsync(new ImportSpec("none", Hub: [new("org/bright", [pattern])], Task: task));
        Assert.Equal(RunState.Failed, run.State);
        Assert.Contains(expected, run.Error);
    }

    [Fact]
    public async Task A_broken_file_is_named_with_its_column_and_leaves_nothing()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        var files = Bright();
        var broken = files["documents/pony-00001-of-00002.parquet"];
        // The first field of the first page header becomes one of an unknown type.
        broken[4] = 0x0F;
        var run = await service.RunAsync(new ImportSpec("broken", Upload(service, files), Task: "pony"));
        Assert.Equal(RunState.Failed, run.State);
        Assert.StartsWith("documents/pony-00001-of-00002.parquet, field \"id\": row group 1, page 1", run.Error);
        await using var db = await service.OpenAsync();
        Assert.False(await db.Corpora.AnyAsync(Token));
    }

    static string Upload(ServiceUnderTest<Program> service, Dictionary<string, byte[]> files)
    {
        var id = Guid.NewGuid().ToString("N");
        foreach (var (name, content) in files)
        {
            var path = Path.Combine(service.Artifacts, "uploads", id, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
        return id;
    }
}
