using ReasonIR.Retrieval.Vectors;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Vectors;

/// <content>Files that were changed, cut or made to lie.</content>
public abstract partial class EmbeddedVectorIndexTests
{
    [Fact]
    public async Task Any_changed_byte_and_any_cut_are_noticed()
    {
        using (var index = VectorIndex.Create(NewFolder(), new(5, VectorMetric.Dot, Storage)))
        {
            await index.UpsertAsync([.. RandomVectors(new Random(6), 9, 5).Select((pair, i) => new VectorDocument(pair.Id, pair.Vector, [new("key", $"v{i}"), new("n", (double)i)]))], Cancellation);
            await index.UpsertAsync([new("two", new float[10])], Cancellation);
            await index.RemoveAsync(["d3"], Cancellation);
        }
        var path = Directory.GetDirectories(_folder.FullName).Single();
        foreach (var file in Directory.GetFiles(path).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            var whole = File.ReadAllBytes(file);
            var paged = !file.EndsWith("manifest", StringComparison.Ordinal) && !file.EndsWith(".deleted", StringComparison.Ordinal);
            // Bytes that nothing reads: the rest of a header's page and the padding between sections.
            var read = Enumerable.Range(0, whole.Length).Where(place => !paged || place >= 4096 || place < 128 && file.EndsWith(".scan", StringComparison.Ordinal)).ToList();
            var unnoticed = 0;
            foreach (var place in read)
            {
                var bytes = whole.ToArray();
                bytes[place] ^= 0x41;
                unnoticed += Opens(bytes) ? 1 : 0;
            }
            Assert.True(unnoticed < (paged ? 6 * 64 : 1), $"{file}: {unnoticed} changed bytes were not noticed, more than padding can hold");
            foreach (var length in new[] { 0, 7, 63, 64, 4095, 4096, whole.Length - 1 }.Where(length => length < whole.Length))
                Assert.False(Opens(whole[..length]), $"{file} cut to {length} bytes");
            File.Delete(file);
            Assert.Throws<VectorIndexException>(() => VectorIndex.Open(path));
            File.WriteAllBytes(file, whole);

            bool Opens(byte[] bytes)
            {
                File.WriteAllBytes(file, bytes);
                try
                {
                    VectorIndex.Open(path, verify: true).Dispose();
                    return true;
                }
                catch (VectorIndexException)
                {
                    return false;
                }
            }
        }
        VectorIndex.Open(path, verify: true).Dispose();
    }

    /// <summary>Opening checks no checksum of sections: whatever stands in them, a search ends with an answer or with the index's own error.</summary>
    [Fact]
    public void A_damaged_section_never_leads_outside_the_file()
    {
        var random = new Random(13);
        var path = NewFolder();
        using (var builder = new VectorIndexBuilder(path, new(5, VectorMetric.Dot, Storage)))
        {
            for (var i = 0; i < 40; i++)
                builder.Add($"d{i}", RandomVector(random, 5 * (1 + i % 3)), [new("key", $"v{i % 4}"), new("n", (double)i)]);
            builder.Complete();
        }
        var file = Directory.GetFiles(path, "*.scan").Single();
        var whole = File.ReadAllBytes(file);
        var query = RandomVector(random, 5);
        for (var trial = 0; trial < 2000; trial++)
        {
            var bytes = whole.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--)
                bytes[random.Next(4096, bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(file, bytes);
            try
            {
                using var index = VectorIndex.Open(path);
                index.Search(query, 10, new HashSet<string> { "d7" });
                index.Search(query, 10, filter: new([new("key", ["v1"]), new("n", From: 3)]));
            }
            catch (Exception e) when (e is VectorIndexException)
            {
            }
        }
    }

    [Theory]
    [InlineData(12, uint.MaxValue)]
    [InlineData(12, 0)]
    [InlineData(16, uint.MaxValue)]
    [InlineData(20, uint.MaxValue)]
    [InlineData(24, 9)]
    [InlineData(28, 9)]
    [InlineData(32, uint.MaxValue)]
    [InlineData(36, uint.MaxValue)]
    [InlineData(44, uint.MaxValue)]
    [InlineData(48, uint.MaxValue)]
    [InlineData(48, 0)]
    [InlineData(8, 4)]
    public void A_header_that_lies_is_refused_before_anything_is_allocated(int place, uint value)
    {
        var path = Write(VectorMetric.Dot, [("a", [1])]);
        var file = Directory.GetFiles(path, "*.scan").Single();
        var bytes = File.ReadAllBytes(file);
        BitConverter.TryWriteBytes(bytes.AsSpan(place), value);
        // A hostile file has a right checksum.
        var crc = uint.MaxValue;
        foreach (var b in bytes.AsSpan(0, 124))
            crc = System.Numerics.BitOperations.Crc32C(crc, b);
        BitConverter.TryWriteBytes(bytes.AsSpan(124), ~crc);
        File.WriteAllBytes(file, bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<VectorIndexException>(() => VectorIndex.Open(path));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Another_version_is_refused_by_name()
    {
        var path = Write(VectorMetric.Dot, [("a", [1])]);
        var manifest = Path.Combine(path, "manifest");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("reasonir-vectors 2 ", "reasonir-vectors 3 "));

        Assert.Contains("version 3, expected 2", Assert.Throws<VectorIndexException>(() => VectorIndex.Open(path)).Message);
        var file = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(file, "RIRVECT\n");
        Assert.Contains("earlier version", Assert.Throws<VectorIndexException>(() => VectorIndex.Open(file)).Message);
    }
}
