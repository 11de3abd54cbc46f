using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests;

public sealed class ImportTests(PostgresFixture postgres)
{
    const string Corpus = """
        {"_id":"a","title":"Tides","text":"The moon pulls the sea."}
        {"_id":"b","title":"","text":"Salt lowers the freezing point of water.","metadata":{"note":"\u0000 \ud800"}}
        {"_id":"c","title":"Tides","text":"The moon pulls the sea."}

        """;

    const string Queries = """
        {"_id":"1","text":"why does the water rise twice a day"}
        {"_id":"2","text":"ice on the road"}

        """;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Beir_folder_becomes_corpus_queries_and_judgments()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        var output = await service.MakeAsync<ImportOutput>(new ImportSpec("small", service.Upload(
            ("corpus.jsonl", Corpus), ("queries.jsonl", Queries), ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n1\ta\t2\n1\tgone\t1\n"))));
        Assert.Equal((3, 3, 1, 1), (output.Documents, output.Added, output.Duplicates, output.UnknownJudged));
        Assert.Equal(["test"], output.QuerySets);
        await using var db = await service.OpenAsync();
        var query = await db.Queries.Include(row => row.Judgments).SingleAsync(Token);
        Assert.Equal("why does the water rise twice a day", query.Text);
        Assert.Equal([("a", 2), ("gone", 1)], query.Judgments.OrderBy(row => row.DocumentExternalId).Select(row => (row.DocumentExternalId, row.Grade)));
    }

    [Fact]
    public async Task Two_imports_make_one_corpus_at_a_time()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await using var other = await service.OpenAsync();
        await using var importing = await other.Database.BeginTransactionAsync(Token);
        await other.Database.ExecuteSqlAsync($"insert into corpora (name, state) values ('small', 'importing')", Token);
        var second = service.MakeAsync<ImportOutput>(new ImportSpec("small", service.Upload(("corpus.jsonl", Corpus))));
        await using var db = await service.OpenAsync();
        while (!second.IsCompleted && (await db.Database.SqlQuery<int>($"select count(*)::int as \"Value\" from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'").SingleAsync(Token)) == 0)
            await Task.Delay(10, Token);
        await importing.CommitAsync(Token);
        Assert.Equal(3, (await second).Documents);
    }

    [Fact]
    public async Task Importing_again_changes_nothing_and_a_changed_document_is_replaced()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("small", service.Upload(("corpus.jsonl", Corpus))));
        await using var db = await service.OpenAsync();
        var hash = await db.Corpora.Select(row => row.ContentHash).SingleAsync(Token);

        var again = await service.MakeAsync<ImportOutput>(new ImportSpec("small", service.Upload(("corpus.jsonl", Corpus))));
        Assert.Equal((0, 0, 3), (again.Added, again.Updated, again.Unchanged));
        Assert.Equal(hash, await db.Corpora.Select(row => row.ContentHash).SingleAsync(Token));

        var changed = await service.MakeAsync<ImportOutput>(new ImportSpec("small", service.Upload(("corpus.jsonl", Corpus.Replace("Salt", "Sugar")))));
        Assert.Equal((0, 1, 2), (changed.Added, changed.Updated, changed.Unchanged));
        Assert.NotEqual(hash, await db.Corpora.Select(row => row.ContentHash).SingleAsync(Token));
    }

    [Theory]
    [InlineData("corpus.jsonl", "{\"_id\":\"a\",\"text\":\"x\"}\n{\"_id\":\"b\",\"text\":7}\n", "corpus.jsonl", "line 2", "text")]
    [InlineData("corpus.jsonl", "{\"_id\":\"a\\nb\",\"text\":\"x\"}\n", "corpus.jsonl", "line 1", "_id")]
    [InlineData("table.csv", "id,text\na,\"unclosed\n", "table.csv", "line 2", "")]
    public async Task A_broken_line_is_named_and_nothing_is_kept(string file, string content, params string[] parts)
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        var run = await service.RunAsync(new ImportSpec("broken", service.Upload((file, content))));
        Assert.Equal(RunState.Failed, run.State);
        Assert.All(parts, part => Assert.Contains(part, run.Error));
        Assert.DoesNotContain(Path.GetTempPath(), run.Error);
        await using var db = await service.OpenAsync();
        Assert.False(await db.Corpora.AnyAsync(Token));
    }

    [Fact]
    public async Task A_run_that_died_while_it_cleared_its_upload_away_reads_no_half_of_it()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        var upload = service.Upload(("corpus.jsonl", Corpus), ("queries.jsonl", Queries), ("qrels/test.tsv", "1\ta\t2\n"));
        var run = await service.RunAsync(new ImportSpec("small", upload));
        await using var db = await service.OpenAsync();
        await db.Database.ExecuteSqlAsync($"update runs set state = 'failed'", Token);
        var left = Path.Combine(service.Artifacts, "uploads", upload);
        Directory.CreateDirectory(left);
        await File.WriteAllTextAsync(Path.Combine(left, "corpus.jsonl"), "half a li", Token);
        await service.Queue.ResumeAsync(run.Id, Token);
        var again = await service.Queue.WaitAsync(run.Id, Token);
        Assert.True(again.State == RunState.Succeeded, again.Error);
        Assert.Equal(3, again.ReadOutput<ImportOutput>()!.Documents);
        Assert.False(Directory.Exists(left));
    }

    [Theory]
    [InlineData("9\ta\t1", "'9'")]
    [InlineData("1\ta\t1\n1\ta\t2", "'a' is judged twice")]
    public async Task Judgments_that_cannot_be_meant_are_refused_with_their_line(string rows, string named)
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        var run = await service.RunAsync(new ImportSpec("small", service.Upload(
            ("corpus.jsonl", Corpus), ("queries.jsonl", Queries), ("qrels/test.tsv", $"query-id\tcorpus-id\tscore\n{rows}\n"))));
        Assert.Contains(named, run.Error);
        Assert.Contains($"qrels/test.tsv, line {1 + rows.Split('\n').Length}", run.Error);
    }

    [Fact]
    public async Task Tables_and_text_files_are_read()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("table", service.Upload(("t.csv", "key,body,name\n1,\"one, with comma\",First\n2,two,Second\n")), Columns: new("key", "body", "name")));
        await service.MakeAsync<ImportOutput>(new ImportSpec("folder", service.Upload(("notes/a.md", "# Heat\nWarm air rises."), ("b.txt", "Plain text."))));
        await using var db = await service.OpenAsync();
        var documents = await db.Documents.OrderBy(row => row.Id).Select(row => new { row.ExternalId, row.Title, row.Text }).ToListAsync(Token);
        Assert.Contains(documents, row => row is { ExternalId: "1", Title: "First", Text: "one, with comma" });
        Assert.Contains(documents, row => row.ExternalId == "notes/a.md" && row.Title == "Heat");
        Assert.Contains(documents, row => row.ExternalId == "b.txt" && row.Text.Contains("Plain text."));
    }

    [Fact]
    public async Task A_foreign_upload_is_refused()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        var run = await service.RunAsync(new ImportSpec("none", Guid.NewGuid().ToString("N")));
        Assert.Contains("uploadId", run.Error);
    }
}
