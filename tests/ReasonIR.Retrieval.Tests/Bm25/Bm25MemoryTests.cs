using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;

namespace ReasonIR.Retrieval.Tests.Bm25;

/// <summary>What a build holds of memory does not grow with the number of its documents.</summary>
public sealed class Bm25MemoryTests : IDisposable
{
    const int Budget = 1 << 20;

    readonly string folder = Directory.CreateTempSubdirectory("reasonir-bm25-").FullName;

    string Path => System.IO.Path.Combine(folder, "index.bm25");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static string Words(Random random, int count, int vocabulary) => string.Join(' ', Enumerable.Range(0, count).Select(_ => $"w{random.Next(vocabulary)}"));

    [Theory]
    [InlineData(40_000, 20, 5_000)] // few words in many documents
    [InlineData(40_000, 20, 10_000_000)] // hardly a word occurs twice
    [InlineData(300_000, 1, 100)] // tiny documents
    [InlineData(400, 3_000, 1_000_000)] // long ones
    public void Documents_that_wait_never_hold_more_than_twice_the_budget(int documents, int words, int vocabulary)
    {
        var random = new Random(3);
        using var builder = new Bm25Builder(Analyzers.ByName("whitespace"), Path, Budget);
        var most = 0L;
        for (var i = 0; i < documents; i++)
        {
            builder.Add($"d{i}", Words(random, words, vocabulary));
            most = Math.Max(most, builder.HeldBytes);
        }
        // Arrays that double hold twice what is in them, and a document is added whole before it is counted.
        Assert.InRange(most, Budget / 2, 2 * Budget + 100 * words);
        Assert.Equal(documents, builder.Complete(TestContext.Current.CancellationToken).Documents);
    }

    [Fact]
    public void One_large_document_is_a_segment_of_its_own_and_takes_what_its_words_take()
    {
        const int words = 400_000;
        var random = new Random(4);
        using var builder = new Bm25Builder(Analyzers.ByName("whitespace"), Path, Budget);
        builder.Add("small", "w1 w2");
        builder.Add("large", string.Join(' ', Enumerable.Range(0, words).Select(i => $"w{i}")));
        builder.Add("after", "w1");
        // A posting twice, a term with its text, hash and order: 80 bytes, in arrays that double.
        Assert.InRange(builder.HeldBytes, Budget, 160L * words);
        var statistics = builder.Complete(TestContext.Current.CancellationToken);
        Assert.Equal((3, words + 3L), (statistics.Documents, statistics.Tokens));
        using var index = Bm25Index.Open(Path);
        Assert.Equal("large", Assert.Single(index.Search($"w{words - 1}", 10)).Id);
    }

    [Fact]
    public void Pages_of_a_mapped_file_that_are_forgotten_leave_memory_and_come_back_as_they_were()
    {
        const int documents = 60_000;
        var random = new Random(5);
        Bm25Index.Build(Enumerable.Range(0, documents).Select(i => ($"d{i}", Words(random, 30, 100_000))), Analyzers.ByName("whitespace"), Path, TestContext.Current.CancellationToken);
        using var file = Bm25File.Open(Path);
        var lengths = file.Lengths.ToArray();
        Assert.True(Resident() > 100);
        file.Verify();
        // Verifying reads all of the file and keeps none of it.
        Assert.Equal(0, Resident());
        Assert.Equal(lengths, file.Lengths.ToArray());
        Assert.True(Resident() > 100);

        // Of this file, in kB.
        int Resident() => File.ReadAllLines("/proc/self/smaps").SkipWhile(line => !line.EndsWith(Path, StringComparison.Ordinal))
            .First(line => line.StartsWith("Rss:", StringComparison.Ordinal)) is var line ? int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) : 0;
    }
}
