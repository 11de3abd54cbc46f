using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Contamination;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests;

public sealed class ContaminationTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>SciFact's train claims against its test claims, through the database: the leak that the data's README states.</summary>
    [Fact]
    public async Task The_leak_of_SciFact_is_reported_with_its_clean_queries()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("scifact", service.UploadFolder(SharedData.Require("data/scifact"))));
        await AddAsync(service, "claims", "scifact", async (db, corpus) =>
        {
            var train = await db.QuerySets.SingleAsync(set => set.CorpusId == corpus && set.Name == "train", Token);
            var queries = await service.Services.GetRequiredService<QuerySetStore>().ReadAsync(train.Id, Token);
            var wanted = queries.SelectMany(query => query.Judgments.Select(row => row.DocumentExternalId)).ToHashSet();
            var texts = await db.Documents.Where(row => row.CorpusId == corpus && wanted.Contains(row.ExternalId)).ToDictionaryAsync(row => row.ExternalId, row => $"{row.Title} {row.Text}", Token);
            return [.. queries.Where(query => query.Judgments.Count > 0).Select(query => new Example
            {
                Query = query.Text, Generator = "import", Positives = [.. query.Judgments.Where(row => texts.ContainsKey(row.DocumentExternalId)).Select(row => new Passage(texts[row.DocumentExternalId], row.DocumentExternalId))],
            })];
        });
        var output = await service.MakeAsync<ContaminationOutput>(new ContaminationSpec("claims", "scifact", QuerySet: "test"));
        Assert.Equal(("leak", 300, 809, 5183), (output.Summary.Level, output.Summary.Queries, output.Summary.Examples, output.Summary.Documents));
        Assert.Equal(196, output.Summary.QueriesWithGold);
        Assert.InRange(output.Summary.QueriesNear, 112, 120);
        Assert.InRange(output.Summary.QueriesClean, 85, 104);
        await using var db = await service.OpenAsync();
        var findings = await db.ContaminationFindings.AsNoTracking().Where(row => row.ReportId == output.Report).ToListAsync(Token);
        // By id and by text the same documents.
        Assert.Equal(findings.Where(row => row.Kind == "goldId").Select(row => row.QueryExternalId).Order(), findings.Where(row => row.Kind == "goldText").Select(row => row.QueryExternalId).Order());
        Assert.Equal(output.Summary.DocumentsExact, findings.Count(row => row.Kind == "documentExact"));
    }

    [Fact]
    public async Task Ids_of_another_corpus_mean_nothing_and_texts_do()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(
            ("corpus.jsonl", "{\"_id\":\"a\",\"text\":\"moon and sea\"}\n{\"_id\":\"b\",\"text\":\"the sun is far away\"}\n"),
            ("queries.jsonl", "{\"_id\":\"1\",\"text\":\"what pulls the water\"}\n{\"_id\":\"2\",\"text\":\"how far is it\"}\n"), ("qrels/test.tsv", "1\ta\t1\n2\tb\t1\n"))));
        await AddAsync(service, "foreign", null, (_, _) => Task.FromResult<IReadOnlyList<Example>>(
            [new() { Query = "unlike", Generator = "import", Positives = [new("another text", "a")] }, new() { Query = "unlike too", Generator = "import", Positives = [new("The sun is far away!")] }]));
        var output = await service.MakeAsync<ContaminationOutput>(new ContaminationSpec("foreign", "c"));
        Assert.Equal(("gold", 1, 1, 1), (output.Summary.Level, output.Summary.QueriesWithGold, output.Summary.QueriesClean, output.Summary.DocumentsExact));
        await using var db = await service.OpenAsync();
        var finding = await db.ContaminationFindings.AsNoTracking().SingleAsync(row => row.QueryExternalId != null, Token);
        Assert.Equal(("goldText", "2", "b"), (finding.Kind, finding.QueryExternalId, finding.DocumentExternalId));
        Assert.Equal([1], finding.First);
    }

    [Fact]
    public async Task What_cannot_be_compared_says_why()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(
            ("corpus.jsonl", "{\"_id\":\"a\",\"text\":\"moon\"}\n"), ("queries.jsonl", "{\"_id\":\"1\",\"text\":\"sea\"}\n"), ("qrels/test.tsv", "1\ta\t1\n"))));
        Assert.Contains("no dataset 'ghost'", (await service.RunAsync(new ContaminationSpec("ghost", "c"))).Error);
        await AddAsync(service, "there", null, (_, _) => Task.FromResult<IReadOnlyList<Example>>([]));
        Assert.Contains("no version 7", (await service.RunAsync(new ContaminationSpec("there", "c", 7))).Error);
        Assert.Contains("no corpus 'nowhere'", (await service.RunAsync(new ContaminationSpec("there", "nowhere"))).Error);
    }

    static async Task AddAsync(ServiceUnderTest<Program> service, string name, string? corpus, Func<ExperimentsDb, long, Task<IReadOnlyList<Example>>> examples)
    {
        var store = service.Services.GetRequiredService<DatasetStore>();
        await using var db = await service.OpenAsync();
        var id = corpus is null ? (long?)null : await db.Corpora.Where(row => row.Name == corpus).Select(row => row.Id).SingleAsync(Token);
        var rows = await examples(db, id ?? 0);
        await using var transaction = await db.Database.BeginTransactionAsync(Token);
        var version = await store.OpenVersionAsync(db, name, DatasetKind.Examples, "import", "{}", id, null, Token);
        await store.AppendAsync(db, version.Id, rows, Token);
        await store.SealAsync(db, version.Id, Token);
        await transaction.CommitAsync(Token);
    }
}
