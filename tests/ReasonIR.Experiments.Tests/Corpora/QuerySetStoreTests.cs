using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Corpora;

public sealed class QuerySetStoreTests(PostgresFixture postgres)
{
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Queries_judgments_and_exclusions_come_out_as_they_went_in_and_only_changes_are_written()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var store = system.Services.GetRequiredService<QuerySetStore>();
        await using var db = system.Db();
        var corpus = new Corpus { Name = "c" };
        db.Corpora.Add(corpus);
        await db.SaveChangesAsync(cancellation);
        QueryInput[] queries =
        [
            new("q2", "why", new Dictionary<string, int> { ["d1"] = 2, ["d2"] = 0 }, ["d9", "d9"], """{"field": "law"}"""),
            new("q1", "how", new Dictionary<string, int>(), []),
        ];
        var set = await store.ImportAsync(corpus.Id, "test", "dev", queries, cancellation);
        var read = await store.ReadAsync(set.Id, cancellation);
        Assert.Equal(["q1", "q2"], read.Select(q => q.ExternalId));
        Assert.Equal([("d1", 2), ("d2", 0)], read[1].Judgments.Select(j => (j.DocumentExternalId, j.Grade)).Order());
        Assert.Equal(["d9"], read[1].Exclusions.Select(e => e.DocumentExternalId));
        Assert.Equal("""{"field": "law"}""", read[1].Metadata);

        var again = await store.ImportAsync(corpus.Id, "test", "dev", [.. queries.Reverse()], cancellation);
        Assert.Equal((set.Id, set.ContentHash, 2), (again.Id, again.ContentHash, again.QueryCount));
        Assert.Equal(read.Select(q => q.Id), (await store.ReadAsync(set.Id, cancellation)).Select(q => q.Id));

        var changed = await store.ImportAsync(corpus.Id, "test", "dev", [queries[0] with { Exclusions = [] }], cancellation);
        Assert.Equal((set.Id, 1), (changed.Id, changed.QueryCount));
        Assert.NotEqual(set.ContentHash, changed.ContentHash);
        Assert.Empty(Assert.Single(await store.ReadAsync(set.Id, cancellation)).Exclusions);

        Assert.NotEqual(set.Id, (await store.ImportAsync(corpus.Id, "test", "train", queries, cancellation)).Id);
        var error = await Assert.ThrowsAsync<ArgumentException>(() => store.ImportAsync(corpus.Id, "test", "dev", [queries[0], queries[0]], cancellation));
        Assert.Contains("'q2' stands 2 times", error.Message);
    }
}
