using System.IO.Compression;
using System.Text;
using ReasonIR.Retrieval.Runs;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Runs;

public sealed class TrecFilesTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reasonir-runs-");

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("q Q0 a 1 1.0 t\nq Q0 b 2 abc t\n", 2, "expected a finite number as score, found \"abc\"")]
    [InlineData("q Q0 b 2 NaN t\n", 1, "finite")]
    [InlineData("q Q0 b 2 1e999 t\n", 1, "finite")]
    [InlineData("q Q0 a 1 1.0\n", 1, "6 columns")]
    [InlineData("q Q0 a 1 1.0 t\n\nr Q0 a 1 1 t\nq Q0 a 2 0.5 t", 4, "document a stands twice")]
    [InlineData("q Q0 \u0001\u00ff\u00fe 1 1.0 t", 1, "UTF-8")]
    public async Task A_broken_run_is_refused_by_its_line(string text, int line, string problem)
    {
        var error = await Assert.ThrowsAsync<DataFileException>(
            () => TrecRun.ReadAsync(Latin1(text), "x.trec", cancellation: Cancellation));

        Assert.Equal(line, error.Line);
        Assert.StartsWith($"x.trec:{line}: ", error.Message);
        Assert.Contains(problem, error.Message);
    }

    [Theory]
    [InlineData("q 0 a 1\nq 0 a 0\n", 2, "judged twice")]
    [InlineData("q 0 a\n", 1, "4 columns")]
    [InlineData("q 0 a 1 x\n", 1, "4 columns")]
    [InlineData("q 0 a 1.5\n", 1, "integer")]
    [InlineData("q 0 a 99999999999\n", 1, "integer")]
    public async Task Broken_judgments_are_refused_by_their_line(string text, int line, string problem)
    {
        var error = await Assert.ThrowsAsync<DataFileException>(
            () => TrecQrels.ReadAsync(Latin1(text), "x.qrels", cancellation: Cancellation));

        Assert.Equal(line, error.Line);
        Assert.Contains(problem, error.Message);
    }

    [Fact]
    public async Task White_space_byte_order_mark_and_line_ends_do_not_matter()
    {
        var run = await TrecRun.ReadAsync(
            new MemoryStream(Encoding.UTF8.GetBytes("\uFEFFq\t Q0  a 7\t3e38 t more junk\r\n \t\r\nq Q0 é 1 -0.5 t")), "x", cancellation: Cancellation);

        Assert.Equal("t", run.Name);
        Assert.Equal([("a", 3e38), ("é", -0.5)], run["q"].Select(d => (d.Id, d.Score)));
    }

    [Theory]
    [InlineData("run.trec")]
    [InlineData("run.trec.gz")]
    public async Task A_run_is_read_back_as_it_was_written(string name)
    {
        var path = Path.Combine(_folder.FullName, name);
        var random = new Random(3);
        var run = new Run("ours");
        for (var q = 0; q < 50; q++)
            for (var d = 0; d < 40; d++)
                run.Add($"q{q}", $"d/{d}é\U0001F600", (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-300, 30)));

        await TrecRun.WriteAsync(path, run, Cancellation);
        var back = await TrecRun.ReadAsync(path, cancellation: Cancellation);

        Assert.Equal(run.Queries, back.Queries);
        Assert.All(run.Queries, q => Assert.Equal(run[q].OrderBy(d => d.Id, StringComparer.Ordinal), back[q].OrderBy(d => d.Id, StringComparer.Ordinal)));
        Assert.Equal([name], _folder.GetFiles().Select(f => f.Name));
    }

    [Fact]
    public async Task Judgments_are_read_back_as_they_were_written()
    {
        var path = Path.Combine(_folder.FullName, "qrels");
        var judgments = new Judgments();
        judgments.Add("q", "a", 3);
        judgments.Add("q", "b", -2);
        judgments.Add("r", "a", 0);

        await TrecQrels.WriteAsync(path, judgments, Cancellation);
        var back = await TrecQrels.ReadAsync(path, cancellation: Cancellation);

        Assert.Equal("q 0 a 3\nq 0 b -2\nr 0 a 0\n", await File.ReadAllTextAsync(path, Cancellation));
        Assert.Equal([3, -2], back["q"].Values);
    }

    [Fact]
    public async Task An_id_with_white_space_cannot_be_written_and_leaves_no_file()
    {
        var run = new Run("ours");
        run.Add("q", "a b", 1);

        await Assert.ThrowsAsync<FormatException>(() => TrecRun.WriteAsync(Path.Combine(_folder.FullName, "r"), run, Cancellation));

        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public async Task A_line_or_file_beyond_the_limits_is_refused()
    {
        var limits = new ReadLimits(LineBytes: 100_000, Lines: 3);

        await Assert.ThrowsAsync<DataFileException>(() => TrecRun.ReadAsync(
            new MemoryStream(Zeros(50 << 20)), "bomb", limits, Cancellation));
        await Assert.ThrowsAsync<DataFileException>(() => TrecQrels.ReadAsync(
            Latin1("\n\n\n\n\n"), "long", limits, Cancellation));

        static byte[] Zeros(int bytes)
        {
            var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
                gzip.Write(new byte[bytes]);
            return packed.ToArray();
        }
    }

    [Fact]
    public async Task Broken_gzip_is_told_with_the_file()
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => TrecRun.ReadAsync(
            new MemoryStream([0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), "x.gz", cancellation: Cancellation));

        Assert.Contains("x.gz", error.Message);
    }

    [Fact]
    public async Task Random_bytes_never_end_in_anything_but_a_told_error()
    {
        var random = new Random(11);
        var alphabet = "q0 ab\t\n1.-e\u00ff\u00c3\u001f\u008b"u8.ToArray();
        for (var trial = 0; trial < 2000; trial++)
        {
            var bytes = random.GetItems(alphabet, random.Next(60));
            try
            {
                await TrecRun.ReadAsync(new MemoryStream(bytes), "fuzz", cancellation: Cancellation);
                await TrecQrels.ReadAsync(new MemoryStream(bytes), "fuzz", cancellation: Cancellation);
            }
            catch (Exception e) when (e is DataFileException or InvalidDataException)
            {
            }
        }
    }

    [Fact]
    public async Task Exclusions_of_BRIGHT_with_none_and_repeats()
    {
        var path = Path.Combine(_folder.FullName, "examples.jsonl");
        await File.WriteAllTextAsync(path, """
            {"id": "1", "excluded_ids": ["N/A"], "gold_ids": ["a", "a", "b"]}
            {"id": "2", "excluded_ids": ["x", "y", "x"], "gold_ids": []}

            """, Cancellation);

        var exclusions = await BrightExamples.ReadExclusionsAsync(path, cancellation: Cancellation);
        var judgments = await BrightExamples.ReadJudgmentsAsync(path, cancellation: Cancellation);

        Assert.Null(exclusions["1"]);
        Assert.True(exclusions["2"]!.SetEquals(["x", "y"]));
        Assert.Equal(["a", "b"], judgments["1"].Keys);
    }

    [Theory]
    [InlineData("""{"id": 1, "excluded_ids": []}""", "\"id\"")]
    [InlineData("""{"id": "1", "excluded_ids": "N/A"}""", "excluded_ids")]
    [InlineData("""{"id": "1" """, "not JSON")]
    public async Task A_broken_example_is_refused_by_its_line(string line, string problem)
    {
        var path = Path.Combine(_folder.FullName, "examples.jsonl");
        await File.WriteAllTextAsync(path, "\n" + line, Cancellation);

        var error = await Assert.ThrowsAsync<DataFileException>(
            () => BrightExamples.ReadExclusionsAsync(path, cancellation: Cancellation));

        Assert.Equal(2, error.Line);
        Assert.Contains(problem, error.Message);
    }

    static MemoryStream Latin1(string text) => new(Encoding.Latin1.GetBytes(text));
}
