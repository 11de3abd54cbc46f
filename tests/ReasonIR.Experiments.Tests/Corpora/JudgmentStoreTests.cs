using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Corpora;

public sealed class JudgmentStoreTests(PostgresFixture postgres)
{
    static readonly QueryInput[] Queries =
    [
        new("q1", "why", new Dictionary<string, int> { ["a"] = 2 }, []),
        new("q2", "how", new Dictionary<string, int> { ["b"] = 1 }, []),
    ];

    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_edit_is_a_version_with_its_author_and_taking_it_back_gives_the_imported_set()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (corpus, sets, store) = await PrepareAsync(system);
        var set = await sets.ImportAsync(corpus, "test", "test", Queries, cancellation);
        Assert.Equal(1, set.Version);

        var edits = await store.EditAsync(set.Id, [new("q1", "b", 1), new("q2", "b", null), new("q1", "a", 2)], "Ada", "pooled", cancellation);
        Assert.Equal([("b", null, 1, 2), ("b", 1, (int?)null, 2)], edits.Select(edit => (edit.DocumentExternalId, edit.OldGrade, edit.NewGrade, edit.Version)));
        var edited = await ReadAsync(system, set.Id);
        Assert.Equal(2, edited.Version);
        Assert.NotEqual(set.ContentHash, edited.ContentHash);
        Assert.Equal([("q1", "a", 2), ("q1", "b", 1)], await JudgedAsync(sets, set.Id));

        // What changes nothing leaves nothing.
        Assert.Empty(await store.EditAsync(set.Id, [new("q1", "b", 1)], "Ada", "", cancellation));
        Assert.Equal(2, (await ReadAsync(system, set.Id)).Version);

        await store.EditAsync(set.Id, [new("q1", "b", null), new("q2", "b", 1)], "Grace", "", cancellation);
        var back = await ReadAsync(system, set.Id);
        Assert.Equal((3, set.ContentHash), (back.Version, back.ContentHash));
        var (history, total) = await store.HistoryAsync(set.Id, 0, 3, cancellation);
        Assert.Equal(4, total);
        Assert.Equal(["Grace", "Grace", "Ada"], history.Select(edit => edit.Author));
        Assert.Equal("pooled", history[2].Note);
    }

    [Fact]
    public async Task An_import_beside_an_edit_makes_a_version_after_it()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (corpus, sets, _) = await PrepareAsync(system);
        var set = await sets.ImportAsync(corpus, "test", "test", Queries, cancellation);
        await using var db = system.Db();
        await using var editing = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"update query_sets set version = 2", cancellation);
        var importing = sets.ImportAsync(corpus, "test", "test", [Queries[0]], cancellation);
        await system.UntilBlockedAsync();
        await editing.CommitAsync(cancellation);
        await importing;
        Assert.Equal(3, (await ReadAsync(system, set.Id)).Version);
    }

    [Fact]
    public async Task An_import_never_takes_an_edit_back()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (corpus, sets, store) = await PrepareAsync(system);
        var set = await sets.ImportAsync(corpus, "test", "test", Queries, cancellation);
        await store.EditAsync(set.Id, [new("q1", "a", 0), new("q1", "b", 1)], "Ada", "", cancellation);
        var edited = await ReadAsync(system, set.Id);

        await sets.ImportAsync(corpus, "test", "test", Queries, cancellation);
        Assert.Equal((edited.Version, edited.ContentHash), ((await ReadAsync(system, set.Id)).Version, (await ReadAsync(system, set.Id)).ContentHash));

        // Another file: its new judgment comes in, the edited ones stay, and the history says so.
        await sets.ImportAsync(corpus, "test", "test", [Queries[0] with { Judgments = new Dictionary<string, int> { ["a"] = 3, ["c"] = 1 } }], cancellation);
        Assert.Equal([("q1", "a", 0), ("q1", "b", 1), ("q1", "c", 1)], await JudgedAsync(sets, set.Id));
        Assert.Equal(3, (await ReadAsync(system, set.Id)).Version);
        var (history, _) = await store.HistoryAsync(set.Id, 0, 10, cancellation);
        Assert.Contains(history, edit => edit is { Author: JudgmentStore.ImportAuthor, DocumentExternalId: "a", OldGrade: 3, NewGrade: 0, Version: 3 } && edit.Note.Contains("Ada"));
    }

    [Fact]
    public async Task What_is_not_there_is_named_and_nothing_is_changed()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (corpus, sets, store) = await PrepareAsync(system);
        var set = await sets.ImportAsync(corpus, "test", "test", Queries, cancellation);
        Assert.Contains("'q9'", (await Assert.ThrowsAsync<KeyNotFoundException>(() => store.EditAsync(set.Id, [new("q1", "b", 1), new("q9", "a", 1)], "Ada", "", cancellation))).Message);
        Assert.Contains("'z'", (await Assert.ThrowsAsync<KeyNotFoundException>(() => store.EditAsync(set.Id, [new("q1", "z", 1)], "Ada", "", cancellation))).Message);
        Assert.Equal([("q1", "a", 2), ("q2", "b", 1)], await JudgedAsync(sets, set.Id));
        Assert.Equal(1, (await ReadAsync(system, set.Id)).Version);
    }

    async Task<(long Corpus, QuerySetStore Sets, JudgmentStore Store)> PrepareAsync(TestSystem system)
    {
        await using var db = system.Db();
        var corpus = new Corpus { Name = "c" };
        db.Corpora.Add(corpus);
        await db.SaveChangesAsync(cancellation);
        foreach (var id in new[] { "a", "b", "c" })
            db.Documents.Add(new() { CorpusId = corpus.Id, ExternalId = id, Text = id, ContentHash = new byte[32] });
        await db.SaveChangesAsync(cancellation);
        return (corpus.Id, system.Services.GetRequiredService<QuerySetStore>(), system.Services.GetRequiredService<JudgmentStore>());
    }

    async Task<QuerySet> ReadAsync(TestSystem system, long id)
    {
        await using var db = system.Db();
        return await db.QuerySets.AsNoTracking().SingleAsync(set => set.Id == id, cancellation);
    }

    async Task<IEnumerable<(string, string, int)>> JudgedAsync(QuerySetStore sets, long id) =>
        (await sets.ReadAsync(id, cancellation)).SelectMany(query => query.Judgments.Select(row => (query.ExternalId, row.DocumentExternalId, row.Grade))).Order();
}
