using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;

namespace ReasonIR.Retrieval.Tests.Bm25;

public sealed class Bm25FileTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("reasonir-bm25-").FullName;

    string Path => System.IO.Path.Combine(folder, "index.bm25");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static IEnumerable<(string, string)> Documents(int count)
    {
        // Deterministic texts whose words follow a skewed distribution.
        var random = new Random(7);
        for (var i = 0; i < count; i++)
            yield return ($"d{i}", string.Join(' ', Enumerable.Range(0, random.Next(0, 60)).Select(_ => $"w{(int)(2000 * Math.Pow(random.NextDouble(), 3))}")));
    }

    [Fact]
    public void A_forgotten_index_is_unmapped()
    {
        Bm25Index.Build(Documents(3), Analyzers.ByName("simple"), Path, TestContext.Current.CancellationToken);
        Forget();
        for (var i = 0; i < 10 && IsMapped(); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(IsMapped());

        bool IsMapped() => File.ReadAllText("/proc/self/maps").Contains(Path, StringComparison.Ordinal);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        void Forget()
        {
            var index = Bm25Index.Open(Path);
            Assert.True(IsMapped());
            GC.KeepAlive(index); // other tests collect, too
        }
    }

    [Fact]
    public void Opens_what_was_built_and_leaves_nothing_else()
    {
        var built = Bm25Index.Build(Documents(500), Analyzers.ByName("whitespace"), Path, TestContext.Current.CancellationToken);
        using var index = Bm25Index.Open(Path);
        Assert.Equal(built, index.Statistics);
        Assert.Equal("whitespace", index.Analyzer.Name);
        Assert.Equal([Path], Directory.GetFiles(folder));
    }

    [Fact]
    public void Gives_the_same_file_whether_postings_are_spilled_or_not()
    {
        var spilledPath = System.IO.Path.Combine(folder, "spilled.bm25");
        Bm25Index.Build(Documents(30_000), Analyzers.ByName("whitespace"), Path, TestContext.Current.CancellationToken);
        using (var builder = new Bm25Builder(Analyzers.ByName("whitespace"), spilledPath, memoryBytes: 1 << 20))
        {
            foreach (var (id, text) in Documents(30_000))
                builder.Add(id, text);
            // Several segments of 1 MB.
            Assert.True(Directory.GetFiles(folder).Length > 4);
            Assert.True(builder.Complete(TestContext.Current.CancellationToken).Postings > 600_000);
        }
        Assert.Equal(File.ReadAllBytes(Path), File.ReadAllBytes(spilledPath));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void Scores_equal_a_plain_computation_of_the_formula()
    {
        var documents = Documents(2000).Select(document => (Id: document.Item1, Words: document.Item2.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToArray();
        Bm25Index.Build(documents.Select(d => (d.Id, string.Join(' ', d.Words))), Analyzers.ByName("whitespace"), Path, TestContext.Current.CancellationToken);
        using var index = Bm25Index.Open(Path);
        string[] query = ["w0", "w3", "w3", "w150", "w1999"];
        var n = documents.Count(d => d.Words.Length > 0);
        var mean = documents.Sum(d => (long)d.Words.Length) / (double)n;
        var frequency = query.Distinct().ToDictionary(term => term, term => documents.Count(d => d.Words.Contains(term)));
        double Score(string[] words) => query.Distinct().Sum(term =>
        {
            var (tf, df) = (words.Count(word => word == term), frequency[term]);
            var length = LengthCode.Lengths[LengthCode.Encode(words.Length)];
            return query.Count(word => word == term) * Math.Log(1 + (n - df + 0.5) / (df + 0.5)) * tf / (tf + 1.5 * (1 - 0.75 + 0.75 * length / mean));
        });
        var expected = documents.Select(d => (d.Id, Score: Score(d.Words))).Where(d => d.Score > 0).OrderByDescending(d => d.Score).Take(300).ToArray();
        var found = index.Search(string.Join(' ', query), 300, new(K1: 1.5, B: 0.75));
        Assert.Equal(300, found.Count);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-5 * pair.First.Score));
        Assert.All(found, document => Assert.Equal(Score(documents.Single(d => d.Id == document.Id).Words), document.Score, 1e-5 * document.Score));
    }

    [Fact]
    public void Refuses_what_it_does_not_know()
    {
        Bm25Index.Build(Documents(20), Analyzers.ByName("whitespace"), Path, TestContext.Current.CancellationToken);
        var bytes = File.ReadAllBytes(Path);

        Assert.Contains("is no BM25 index", Refusal(b => b[0]++));
        Assert.Contains("has version 1 of the BM25 format; this program reads version 2", Refusal(b => b[8] = 1));
        Assert.Contains("the header's checksum differs", Refusal(b => b[20] ^= 1));
        Assert.Contains("the checksum of the page at byte 256 differs", Refusal(b => b[^9] ^= 1));
        Assert.Contains("the checksum of its checksums differs", Refusal(b => b[^1] ^= 1));
        foreach (var length in (int[])[0, 7, 255, 256, bytes.Length - 8])
        {
            File.WriteAllBytes(Path, bytes[..length]);
            Assert.Throws<Bm25FormatException>(() => Bm25Index.Open(Path));
        }

        string Refusal(Action<byte[]> damage)
        {
            var copy = (byte[])bytes.Clone();
            damage(copy);
            File.WriteAllBytes(Path, copy);
            return Assert.Throws<Bm25FormatException>(() =>
            {
                using var index = Bm25Index.Open(Path);
                index.Verify();
            }).Message;
        }
    }

    [Fact]
    public void Refuses_an_analyzer_that_it_does_not_have()
    {
        using (var builder = new Bm25Builder(new Unregistered(), Path))
            builder.Complete(TestContext.Current.CancellationToken);
        Assert.Contains("was analyzed by 'klingon'", Assert.Throws<Bm25FormatException>(() => Bm25Index.Open(Path)).Message);
    }

    [Fact]
    public void Keeps_the_old_index_where_a_build_fails()
    {
        Bm25Index.Build(Documents(20), Analyzers.ByName("whitespace"), Path, TestContext.Current.CancellationToken);
        var before = File.ReadAllBytes(Path);
        using var canceled = new CancellationTokenSource();
        canceled.Cancel();
        Assert.Throws<OperationCanceledException>(() => Bm25Index.Build(Documents(20), Analyzers.ByName("simple"), Path, canceled.Token));
        Assert.Throws<ArgumentException>(() =>
            Bm25Index.Build(Documents(20).Concat(Documents(1)), Analyzers.ByName("simple"), Path, TestContext.Current.CancellationToken));
        Assert.Equal(before, File.ReadAllBytes(Path));
        Assert.Equal([Path], Directory.GetFiles(folder));
    }

    sealed class Unregistered : IAnalyzer
    {
        public string Name => "klingon";

        public void Analyze<TSink>(ReadOnlySpan<char> text, ref TSink sink) where TSink : ITokenSink, allows ref struct
        {
        }
    }
}
