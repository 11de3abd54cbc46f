using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Corpora;

public sealed class DocumentStoreTests(PostgresFixture postgres)
{
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    static async Task<(DocumentStore Store, long Corpus)> CreateAsync(TestSystem system, string name = "c")
    {
        await using var db = system.Db();
        var corpus = new Corpus { Name = name };
        db.Corpora.Add(corpus);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return (system.Services.GetRequiredService<DocumentStore>(), corpus.Id);
    }

    static DocumentInput[] Some(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new DocumentInput($"d{i}", $"title {i}", $"text {i}", i % 2 == 0 ? $$"""{"n": {{i}}}""" : null))];

    [Fact]
    public async Task The_same_import_again_changes_nothing()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (store, corpus) = await CreateAsync(system);
        Assert.Equal(new(2_500, 2_500, 0, 0, 0, 0, 2_500, 0), await store.ImportAsync(corpus, Some(2_500).ToAsyncEnumerable(), cancellation: cancellation));
        var (hash, lastId) = (await HashAsync(system, corpus), await system.ScalarAsync<long>("select max(id) from documents"));
        Assert.Equal(64, hash.Length);
        Assert.Equal(new(2_500, 0, 0, 2_500, 0, 0, 2_500, 0), await store.ImportAsync(corpus, Some(2_500).Reverse().ToAsyncEnumerable(), cancellation: cancellation));
        Assert.Equal((hash, lastId), (await HashAsync(system, corpus), await system.ScalarAsync<long>("select max(id) from documents")));
        Assert.Equal("ready", await system.ScalarAsync<string>("select state from corpora"));
    }

    [Fact]
    public async Task Changed_repeated_duplicate_and_missing_documents_are_counted()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (store, corpus) = await CreateAsync(system);
        await store.ImportAsync(corpus, Some(10).ToAsyncEnumerable(), cancellation: cancellation);
        var before = await HashAsync(system, corpus);
        DocumentInput[] next =
        [
            new("d0", "title 0", "another text"), // changed
            Some(2)[1], // as it was
            new("e0", "", "twin"), new("e1", "", "twin"), // two new ones that equal each other
            new("e0", "", "came second"), // repeated: the first stands
        ];
        Assert.Equal(new(5, 2, 1, 1, 1, 0, 12, 1), await store.ImportAsync(corpus, next.ToAsyncEnumerable(), cancellation: cancellation));
        Assert.Equal("twin", (await store.FindAsync(corpus, "e0", cancellation))!.Text);
        Assert.Null((await store.FindAsync(corpus, "d0", cancellation))!.Metadata);
        Assert.NotEqual(before, await HashAsync(system, corpus));
        Assert.Equal(new(5, 0, 0, 4, 1, 8, 4, 1), await store.ImportAsync(corpus, next.ToAsyncEnumerable(), replace: true, cancellation: cancellation));
        Assert.Null(await store.FindAsync(corpus, "d5", cancellation));
    }

    [Fact]
    public async Task An_import_that_breaks_off_leaves_the_corpus_as_it_was()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (store, corpus) = await CreateAsync(system);
        await store.ImportAsync(corpus, Some(3).ToAsyncEnumerable(), cancellation: cancellation);
        async IAsyncEnumerable<DocumentInput> Broken()
        {
            yield return new("new", "", "text");
            await Task.Yield();
            throw new FormatException("line 2: not JSON");
        }
        var error = await Assert.ThrowsAsync<FormatException>(() => store.ImportAsync(corpus, Broken(), cancellation: cancellation));
        Assert.Equal("line 2: not JSON", error.Message);
        Assert.Equal(3, await system.ScalarAsync<long>("select count(*) from documents"));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => store.ImportAsync(corpus + 1, Some(1).ToAsyncEnumerable(), cancellation: cancellation));
    }

    [Fact]
    public async Task Documents_come_out_as_they_went_in_whatever_they_contain()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (store, corpus) = await CreateAsync(system);
        DocumentInput[] documents =
        [
            new("z\tid", "", "tab\tquote\"backslash\\ \n line \u2028 \\N \\."),
            new("ä/ö", "𝔘nicode", new string('x', 3_000_000), """{"a": [1, "two"]}"""),
            new("nul\0", "half \uD800 pair", "\0"),
        ];
        await store.ImportAsync(corpus, documents.ToAsyncEnumerable(), cancellation: cancellation);
        var read = await store.StreamAsync(corpus, cancellation: cancellation).ToListAsync(cancellation);
        Assert.Equal(
            [documents[0], documents[1], new("nul\uFFFD", "half \uFFFD pair", "\uFFFD")],
            read.Select(d => new DocumentInput(d.ExternalId, d.Title, d.Text, d.Metadata)));
        Assert.All(read, d => Assert.Equal(new DocumentInput("", d.Title, d.Text, d.Metadata).Hash(), d.ContentHash));
        Assert.Equal(["z\tid", "ä/ö", "nul\uFFFD"], (await store.StreamAsync(corpus, withText: false, cancellation).ToListAsync(cancellation)).Select(d => d.ExternalId));
    }

    [Fact]
    public async Task Pages_and_search()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (store, corpus) = await CreateAsync(system);
        await store.ImportAsync(corpus, Some(30).Append(new("pct", "", "100% of A_B\\C")).ToAsyncEnumerable(), cancellation: cancellation);
        var page = await store.PageAsync(corpus, null, 10, 5, cancellation);
        Assert.Equal(31, page.Total);
        Assert.Equal(["d10", "d11", "d12", "d13", "d14"], page.Documents.Select(d => d.ExternalId));
        async Task<string> FoundAsync(string search) => string.Join(' ', (await store.PageAsync(corpus, search, 0, 10, cancellation)).Documents.Select(d => d.ExternalId));
        Assert.Equal("d7", await FoundAsync("d7"));
        Assert.Equal("d28", await FoundAsync("TEXT 28"));
        Assert.Equal("pct", await FoundAsync("0% OF"));
        Assert.Equal("pct", await FoundAsync("a_b\\c"));
        Assert.Equal("", await FoundAsync("a%c"));
        Assert.Equal(new DocumentPage([], 0).Total, (await store.PageAsync(corpus + 1, null, 0, 10, cancellation)).Total);
    }

    [Fact]
    public async Task Imports_into_one_corpus_at_the_same_time_follow_each_other()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (store, corpus) = await CreateAsync(system);
        var imports = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => store.ImportAsync(corpus, Some(500).ToAsyncEnumerable(), cancellation: cancellation)));
        Assert.Equal(500, imports.Sum(i => i.Added));
        Assert.Equal(1_500, imports.Sum(i => i.Unchanged));
    }

    static async Task<string> HashAsync(TestSystem system, long corpus) => await system.ScalarAsync<string>($"select content_hash from corpora where id = {corpus}");
}
