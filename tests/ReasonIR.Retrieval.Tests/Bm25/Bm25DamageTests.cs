using System.Runtime.InteropServices;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;

namespace ReasonIR.Retrieval.Tests.Bm25;

/// <summary>A damaged file is refused when it is opened or when the damaged part is needed; it never gives another answer.</summary>
public sealed class Bm25DamageTests : IDisposable
{
    const string Query = "w0 w1 w17 w600";

    readonly string folder = Directory.CreateTempSubdirectory("reasonir-bm25-").FullName;

    string Path => System.IO.Path.Combine(folder, "index.bm25");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    byte[] Build()
    {
        var random = new Random(3);
        Bm25Index.Build(
            Enumerable.Range(0, 3000).Select(i => ($"doc-{i}", string.Join(' ', Enumerable.Range(0, random.Next(1, 60)).Select(_ => $"w{(int)(2000 * Math.Pow(random.NextDouble(), 3))}")))),
            Analyzers.ByName("whitespace"), Path, TestContext.Current.CancellationToken);
        return File.ReadAllBytes(Path);
    }

    [Fact]
    public void Refuses_every_length_but_its_own()
    {
        var bytes = Build();
        var random = new Random(1);
        foreach (var length in Enumerable.Range(0, 300).Concat(Enumerable.Range(0, 200).Select(_ => random.Next(bytes.Length))).Append(bytes.Length - 1))
        {
            File.WriteAllBytes(Path, bytes[..length]);
            Assert.Throws<Bm25FormatException>(() => Bm25Index.Open(Path));
        }
        File.WriteAllBytes(Path, [.. bytes, 0]);
        Assert.Contains("cut off or damaged", Assert.Throws<Bm25FormatException>(() => Bm25Index.Open(Path)).Message);
    }

    [Fact]
    public void Flipped_bits_give_an_error_or_the_right_answer()
    {
        var bytes = Build();
        IReadOnlyList<Retrieval.Ranking.ScoredDocument> right;
        using (var index = Bm25Index.Open(Path))
            right = index.Search(Query, 50);
        var random = new Random(2);
        var refused = 0;
        for (var i = 0; i < 600; i++)
        {
            var (place, bit) = (i < 256 ? i : random.Next(bytes.Length), (byte)(1 << random.Next(8)));
            bytes[place] ^= bit;
            File.WriteAllBytes(Path, bytes);
            bytes[place] ^= bit;
            try
            {
                using var index = Bm25Index.Open(Path);
                Assert.Equal(right, index.Search(Query, 50));
                Assert.Throws<Bm25FormatException>(index.Verify);
            }
            catch (Bm25FormatException e)
            {
                refused++;
                Assert.Contains(Path, e.Message);
            }
        }
        Assert.True(refused > 500, $"only {refused} of 600 were noticed");
    }

    [Fact]
    public void Wrong_contents_under_right_checksums_end_in_an_error()
    {
        // Not damage but malice: the checksums fit. Whatever is read, nothing crashes and nothing runs for ever.
        var bytes = Build();
        var random = new Random(4);
        for (var i = 0; i < 300; i++)
        {
            var copy = (byte[])bytes.Clone();
            for (var changes = random.Next(1, 40); changes > 0; changes--)
                copy[random.Next(256, copy.Length)] = (byte)random.Next(256);
            Resign(copy);
            File.WriteAllBytes(Path, copy);
            try
            {
                using var index = Bm25Index.Open(Path);
                index.Search(Query, 50);
                index.SearchExhaustively(Query, 50, new(Bm25Variant.Bright));
                index.Explain(Query, "doc-77");
                index.Stamp("doc-2999");
            }
            catch (Exception e) when (e is Bm25FormatException or ArgumentException or IndexOutOfRangeException or OverflowException)
            {
            }
        }
    }

    // The layout as the format has it: pages of 64 KiB behind the header, their checksums at the end.
    static void Resign(byte[] file)
    {
        const int header = 256, page = 1 << 16;
        var pages = (int)Math.Ceiling((file.Length - header) / (page + 4.0));
        var end = file.Length - 4 * pages;
        var sums = MemoryMarshal.Cast<byte, uint>(file.AsSpan(end));
        for (var i = 0; i < pages; i++)
            sums[i] = Crc(file.AsSpan(header + i * page, Math.Min(page, end - header - i * page)));
        MemoryMarshal.Cast<byte, uint>(file.AsSpan(16, 4))[0] = Crc(file.AsSpan(end));
        file.AsSpan(12, 4).Clear();
        MemoryMarshal.Cast<byte, uint>(file.AsSpan(12, 4))[0] = Crc(file.AsSpan(0, header));
    }

    static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var sum = ~0u;
        foreach (var item in bytes)
            sum = System.Numerics.BitOperations.Crc32C(sum, item);
        return ~sum;
    }
}
