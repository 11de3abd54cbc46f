using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Datasets;

public sealed class DatasetStoreTests(PostgresFixture postgres)
{
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    static Example Example(string query) => new()
    {
        Query = query, Instruction = "find", Generator = "test", SourceDocumentId = "d1",
        Positives = [new("good", "d1")], Negatives = [new("bad"), new("nul \0")],
    };

    [Fact]
    public async Task Examples_are_appended_in_batches_and_sealed()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var store = system.Services.GetRequiredService<DatasetStore>();
        var version = await InTransactionAsync(system, db => store.OpenVersionAsync(db, "set", DatasetKind.Examples, "test", """{"a":1}""", null, null, cancellation));
        Assert.Equal(2, await InTransactionAsync(system, db => store.AppendAsync(db, version.Id, [Example("q0"), Example("q1")], cancellation)));
        Assert.Equal(3, await InTransactionAsync(system, db => store.AppendAsync(db, version.Id, [Example("q2")], cancellation)));
        var closed = await InTransactionAsync(system, db => store.SealAsync(db, version.Id, cancellation));
        Assert.Equal(3, closed.ExampleCount);
        var examples = await store.StreamAsync(version.Id, cancellation).ToListAsync(cancellation);
        Assert.Equal([(0, "q0"), (1, "q1"), (2, "q2")], examples.Select(e => (e.Ordinal, e.Query)));
        Assert.Equal([new Passage("good", "d1")], examples[0].Positives);
        Assert.Equal([new Passage("bad"), new Passage("nul \uFFFD")], examples[0].Negatives);
        Assert.Equal(2, (await InTransactionAsync(system, db => store.OpenVersionAsync(db, "set", DatasetKind.Strategy, "test", "{}", null, null, cancellation))).Version);
    }

    [Theory]
    [InlineData("insert into examples (dataset_version_id, ordinal, query, positives, negatives, generator) select id, 9, '', '[]', '[]', '' from dataset_versions")]
    [InlineData("update examples set query = 'other'")]
    [InlineData("delete from examples")]
    [InlineData("""update dataset_versions set spec = '{"b":2}'""")]
    [InlineData("update dataset_versions set sealed_at = null")]
    public async Task A_sealed_version_refuses_changes(string sql)
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        await SealedAsync(system, null);
        var error = await Assert.ThrowsAsync<PostgresException>(() => system.ExecuteAsync(sql));
        Assert.Contains("is sealed", error.MessageText);
    }

    [Fact]
    public async Task A_sealed_version_goes_with_its_dataset()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        await SealedAsync(system, null);
        await system.ExecuteAsync("delete from datasets");
        Assert.Equal(0, await system.ScalarAsync<long>("select count(*) from examples"));
    }

    [Fact]
    public async Task A_run_has_one_version()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var run = await system.EnqueueAsync();
        Assert.Equal(await SealedAsync(system, run), await SealedAsync(system, run, examples: 0));
    }

    [Fact]
    public async Task Attempts_of_a_run_that_open_a_version_at_the_same_moment_get_the_same_one()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var run = await system.EnqueueAsync();
        var store = system.Services.GetRequiredService<DatasetStore>();
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => InTransactionAsync(
            system, db => store.OpenVersionAsync(db, "set", DatasetKind.Examples, "test", "{}", null, run, cancellation))));
        Assert.Single(opened.Select(version => version.Id).Distinct());
    }

    async Task<long> SealedAsync(TestSystem system, long? runId, int examples = 2)
    {
        var store = system.Services.GetRequiredService<DatasetStore>();
        return await InTransactionAsync(system, async db =>
        {
            var version = await store.OpenVersionAsync(db, "set", DatasetKind.Examples, "test", "{}", null, runId, cancellation);
            if (examples > 0)
                await store.AppendAsync(db, version.Id, Enumerable.Range(0, examples).Select(i => Example($"q{i}")), cancellation);
            return (await store.SealAsync(db, version.Id, cancellation)).Id;
        });
    }

    async Task<T> InTransactionAsync<T>(TestSystem system, Func<ExperimentsDb, Task<T>> act)
    {
        await using var db = system.Db();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var result = await act(db);
        await transaction.CommitAsync(cancellation);
        return result;
    }
}
