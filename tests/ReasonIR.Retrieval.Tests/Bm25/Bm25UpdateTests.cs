using System.Diagnostics;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;

namespace ReasonIR.Retrieval.Tests.Bm25;

/// <summary>Segments, updates and interruptions.</summary>
public sealed class Bm25UpdateTests : IDisposable
{
    static readonly string Worker = AppContext.BaseDirectory.TrimEnd('/').Replace("ReasonIR.Retrieval.Tests", "ReasonIR.Retrieval.TestWorker", StringComparison.Ordinal) + "/ReasonIR.Retrieval.TestWorker.dll";
    static readonly IAnalyzer analyzer = Analyzers.ByName("simple");

    readonly string folder = Directory.CreateTempSubdirectory("reasonir-bm25-").FullName;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    string At(string name) => Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static Dictionary<string, string> Texts(int seed, int count)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count).ToDictionary(i => $"doc {i}", _ => string.Join(' ', Enumerable.Range(0, random.Next(0, 40)).Select(_ => $"wört{(int)(3000 * Math.Pow(random.NextDouble(), 3))}")));
    }

    static ulong Stamp(string text) => (ulong)text.Length << 32 | (uint)text.Sum(unit => unit * 31);

    void Build(string name, Dictionary<string, string> texts, long memory = Bm25Builder.DefaultMemoryBytes)
    {
        using var builder = new Bm25Builder(analyzer, At(name), memory);
        foreach (var (id, text) in texts)
            builder.Add(id, text, Stamp(text));
        builder.Complete(Token);
    }

    [Fact]
    public void An_updated_index_is_the_one_built_anew()
    {
        var texts = Texts(1, 6000);
        Build("old", texts);
        var random = new Random(2);
        foreach (var id in texts.Keys.Where(_ => random.Next(10) == 0).ToList())
            texts.Remove(id);
        foreach (var id in texts.Keys.Where(_ => random.Next(10) == 0).ToList())
            texts[id] += " changed brandnew";
        for (var i = 0; i < 500; i++)
            texts.Add($"a new {i}", $"brandnew wört{i}");
        Build("anew", texts);
        using (var old = Bm25Index.Open(At("old")))
        using (var builder = new Bm25Builder(analyzer, At("updated"), memoryBytes: 64 << 10, older: old))
        {
            foreach (var (id, text) in texts)
                if (!builder.Keep(id, Stamp(text)))
                    builder.Add(id, text, Stamp(text));
            Assert.InRange(builder.Kept, 4000, 5999);
            builder.Complete(Token);
        }
        Assert.Equal(File.ReadAllBytes(At("anew")), File.ReadAllBytes(At("updated")));
        Assert.Equal(3, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void Documents_are_added_replaced_and_removed_by_id()
    {
        var texts = Texts(3, 300);
        Build("index", texts);
        using (var index = Bm25Index.Open(At("index")))
        {
            using var builder = new Bm25Builder(analyzer, At("index"), older: index);
            builder.KeepAll();
            Assert.True(builder.Drop("doc 7"));
            Assert.True(builder.Drop("doc 8"));
            Assert.False(builder.Drop("doc 3000"));
            builder.Add("doc 8", "replacement");
            builder.Add("more", "replacement too");
            builder.Complete(Token);
            // Whoever has the older one open goes on with it.
            Assert.True(index.Contains("doc 7"));
            Assert.Empty(index.Search("replacement", 10));
        }
        using var updated = Bm25Index.Open(At("index"));
        Assert.Equal(["doc 8", "more"], updated.Search("replacement", 10).Select(document => document.Id));
        Assert.Equal((300, false), (updated.Statistics.Documents, updated.Contains("doc 7")));
        Assert.Equal(Stamp(texts["doc 9"]), updated.Stamp("doc 9"));
        Assert.Null(updated.Stamp("doc 7"));
    }

    [Fact]
    public void An_id_cannot_be_taken_over_and_added()
    {
        Build("index", Texts(4, 50));
        using var index = Bm25Index.Open(At("index"));
        using var builder = new Bm25Builder(analyzer, At("index"), older: index);
        builder.KeepAll();
        builder.Add("doc 5", "again");
        Assert.Contains("'doc 5' occurs twice", Assert.Throws<ArgumentException>(() => builder.Complete(Token)).Message);
        Assert.Single(Directory.GetFiles(folder));
        Assert.Contains("analyzed by 'simple'", Assert.Throws<ArgumentException>(() => new Bm25Builder(Analyzers.ByName("whitespace"), At("x"), older: index)).Message);
    }

    [Fact]
    public void Many_segments_and_ids_of_any_length_give_the_same_file()
    {
        var texts = Texts(5, 400);
        texts.Add(new string('x', 5000) + "é", "long id");
        texts.Add("", "no id");
        texts.Add("\U0001F600", "wide 漢字 term");
        Build("whole", texts);
        // A segment a document: more than are merged at a time.
        Build("cut", texts, memory: 1);
        Assert.Equal(File.ReadAllBytes(At("whole")), File.ReadAllBytes(At("cut")));
        using var index = Bm25Index.Open(At("cut"));
        Assert.Equal(["\U0001F600"], index.Search("漢字", 10).Select(document => document.Id));
        Assert.All(texts.Keys, id => Assert.True(index.Contains(id)));
    }

    [Fact]
    public async Task A_killed_build_leaves_the_index_before_it()
    {
        Build("index", Texts(6, 200));
        var before = File.ReadAllBytes(At("index"));
        using var worker = Process.Start(new ProcessStartInfo("dotnet", [Worker, At("index")]) { RedirectStandardOutput = true })!;
        // It says so when it has spilled segments.
        Assert.Equal("spilled", await worker.StandardOutput.ReadLineAsync(Token));
        worker.Kill();
        await worker.WaitForExitAsync(Token);
        Assert.True(Directory.GetFiles(folder).Length > 1);
        Assert.Equal(before, File.ReadAllBytes(At("index")));
        using var index = Bm25Index.Open(At("index"));
        index.Verify();
        Build("index", Texts(7, 100));
        using var after = Bm25Index.Open(At("index"));
        Assert.Equal(100, after.Statistics.Documents);
    }
}
