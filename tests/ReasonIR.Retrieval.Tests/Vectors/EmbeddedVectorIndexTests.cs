using ReasonIR.Retrieval.Vectors;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Vectors;

public sealed class Float32VectorIndexTests : EmbeddedVectorIndexTests
{
    protected override VectorStorage Storage => VectorStorage.Float32;
}

public sealed class BFloat16VectorIndexTests : EmbeddedVectorIndexTests
{
    protected override VectorStorage Storage => VectorStorage.BFloat16;

    /// <summary>Half of the last of 8 bits.</summary>
    protected override double Rounding => 1 / 256.0;

    protected override float[] Stored(float[] prepared) =>
        [.. prepared.Select(x => x == 0 ? 0 : MathF.Round(MathF.ScaleB(x, 7 - MathF.ILogB(x))) is var digits ? MathF.ScaleB(digits, MathF.ILogB(x) - 7) : 0)];
}

public sealed class Int8VectorIndexTests : EmbeddedVectorIndexTests
{
    protected override VectorStorage Storage => VectorStorage.Int8;

    /// <summary>Half a step of 127, of the largest component.</summary>
    protected override double Rounding => 1 / 254.0;

    protected override float[] Stored(float[] prepared)
    {
        var scale = prepared.Max(Math.Abs) / 127;
        return [.. prepared.Select(x => scale == 0 ? 0 : (float)(Math.Round(x / scale) * scale))];
    }
}

/// <summary>The contract on the embedded index, and what only files can get wrong.</summary>
public abstract class EmbeddedVectorIndexTests : VectorIndexContract, IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reasonir-vectors-");
    int _files;

    protected abstract VectorStorage Storage { get; }

    /// <summary>How far a stored component may be from its value, relative to the largest.</summary>
    protected virtual double Rounding => 1e-7;

    public void Dispose() => _folder.Delete(recursive: true);

    protected override Task<IVectorIndex> CreateAsync(VectorIndexSettings settings) =>
        Task.FromResult<IVectorIndex>(VectorIndex.Create(NewFolder(), settings with { Storage = Storage }));

    [Theory]
    [InlineData(64, 20_000, 10, 1, PartAggregation.Max)]
    [InlineData(300, 3_000, 1000, 1, PartAggregation.Max)]
    [InlineData(48, 4_000, 10, 4, PartAggregation.Max)]
    [InlineData(48, 4_000, 10, 4, PartAggregation.Mean)]
    public void The_scan_of_codes_finds_what_the_scan_of_vectors_finds(int dimension, int documents, int k, int parts, PartAggregation aggregation)
    {
        var random = new Random(9);
        var path = NewFolder();
        using (var builder = new VectorIndexBuilder(path, new(dimension, VectorMetric.Cosine, Storage, aggregation)))
        {
            for (var i = 0; i < documents; i++)
                builder.Add($"d{i}", Enumerable.Range(0, 1 + i % parts).SelectMany(_ => RandomVector(random, dimension)).ToArray());
            builder.Complete();
        }
        using var index = VectorIndex.Open(path);
        using var exact = VectorIndex.Open(path, new(Exact: true));
        var queries = Enumerable.Range(0, 100).SelectMany(_ => RandomVector(random, dimension)).ToArray();

        var found = index.SearchBatch(queries, k, cancellation: Cancellation);

        // Bit for bit, in the same order.
        Assert.Equal(exact.SearchBatch(queries, k, cancellation: Cancellation), found);
        Assert.Equal(found[7], index.Search(queries.AsSpan(7 * dimension, dimension), k));
    }

    [Fact]
    public async Task Ties_at_the_cut_are_in_the_order_of_ids_over_all_segments()
    {
        using var index = VectorIndex.Create(NewFolder(), new(1, VectorMetric.Dot, Storage));
        var ids = Enumerable.Range(0, 400).Select(i => $"d{i * 7 % 400:000}").ToList();
        foreach (var some in ids.Chunk(57))
            await index.UpsertAsync([.. some.Select(id => new VectorDocument(id, new float[] { 1 }))], Cancellation);

        Assert.Equal(ids.Order(StringComparer.Ordinal).Take(30), index.Search([1], 30).Select(d => d.Id));
    }

    [Fact]
    public void A_forgotten_index_is_unmapped()
    {
        var path = Write(VectorMetric.Cosine, RandomVectors(new Random(1), 10, 8));
        Forget();
        for (var i = 0; i < 10 && IsMapped(); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(IsMapped());

        bool IsMapped() => File.ReadAllText("/proc/self/maps").Contains(path, StringComparison.Ordinal);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        void Forget()
        {
            VectorIndex.Open(path);
            Assert.True(IsMapped());
        }
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        var random = new Random(4);
        var vectors = RandomVectors(random, 60_003, 40);
        var path = Write(VectorMetric.Dot, vectors);
        using var one = VectorIndex.Open(path, new(Threads: 1));
        using var several = VectorIndex.Open(path, new(Threads: 7));
        var queries = Enumerable.Range(0, 131).SelectMany(_ => RandomVector(random, 40)).ToArray();

        Assert.Equal(one.SearchBatch(queries, 20, cancellation: Cancellation), several.SearchBatch(queries, 20, cancellation: Cancellation));
        Assert.Equal(one.Search(queries.AsSpan(0, 40), 20), several.Search(queries.AsSpan(0, 40), 20));
    }

    [Fact]
    public void Vectors_are_read_back()
    {
        using var index = VectorIndex.Open(Write(VectorMetric.Cosine, [("a", [3, 4]), ("b", [0, 0])]));

        Assert.Equal([0.6, 0.8], index.Vectors("a")!.Select(x => (double)x), (x, y) => Math.Abs(x - y) <= 0.8 * Rounding + 1e-7);
        Assert.Equal([0f, 0f], index.Vectors("b")!);
        Assert.Null(index.Vectors("c"));
    }

    [Fact]
    public void An_index_without_its_end_never_appears()
    {
        var path = NewFolder();
        using (var builder = new VectorIndexBuilder(path, new(2, Storage: Storage)))
            builder.Add("a", [1, 2]);

        Assert.Contains("no file 'manifest'", Assert.Throws<VectorIndexException>(() => VectorIndex.Open(path)).Message);
        Assert.Equal(["write.lock"], Directory.GetFiles(path).Select(Path.GetFileName));
    }

    [Fact]
    public void An_index_is_built_anew_under_open_readers()
    {
        var path = Write(VectorMetric.Dot, [("old", [1])]);
        using var old = VectorIndex.Open(path);
        using (var builder = new VectorIndexBuilder(path, new(1, VectorMetric.Dot, Storage)))
        {
            builder.Add("new", [1]);
            Assert.Equal("old", VectorIndex.Open(path).Search([1], 1)[0].Id);
            builder.Complete();
        }
        using var replaced = VectorIndex.Open(path);

        Assert.Equal("old", old.Search([1], 1)[0].Id);
        Assert.Equal("new", replaced.Search([1], 1)[0].Id);
    }

    [Fact]
    public void A_builder_refuses_what_it_cannot_store()
    {
        using var builder = new VectorIndexBuilder(NewFolder(), new(2, Storage: Storage));
        builder.Add("a", [1, 2]);
        builder.Add("a", [1, 2]);

        Assert.Throws<ArgumentException>(() => builder.Add("b", [1, 2, 3]));
        Assert.Contains("a is added twice", Assert.Throws<ArgumentException>(builder.Complete).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new VectorIndexBuilder(NewFolder(), new(0)));
    }

    [Fact]
    public async Task Segments_are_few_and_their_files_go_with_them()
    {
        using var index = VectorIndex.Create(NewFolder(), new(4, Storage: Storage));
        var random = new Random(2);
        var kept = new Dictionary<string, float[]>();
        for (var i = 0; i < 200; i++)
        {
            kept[$"d{i % 150}"] = RandomVector(random, 4);
            await index.UpsertAsync([new($"d{i % 150}", kept[$"d{i % 150}"], [new("n", (double)i)])], Cancellation);
        }
        Assert.InRange(Directory.GetFiles(index.Folder, "*.scan").Length, 1, 9);
        await index.RemoveAsync(["d3"], Cancellation);
        kept.Remove("d3");
        await index.CompactAsync(Cancellation);
        Assert.Single(Directory.GetFiles(index.Folder, "*.scan"));
        Assert.Empty(Directory.GetFiles(index.Folder, "*.deleted"));
        using var again = VectorIndex.Open(index.Folder, verify: true);
        Assert.Equal(149, again.Count);
        // Nothing is rounded again when segments are joined.
        foreach (var (id, vector) in kept)
        {
            using var alone = VectorIndex.Open(Write(VectorMetric.Cosine, [(id, vector)]));
            Assert.Equal(alone.Vectors(id), again.Vectors(id));
        }
        Assert.Equal(["d40", "d41", "d42"], again.Search(new float[] { 1, 0, 0, 0 }, 5, filter: new([new("n", From: 190, To: 192)])).Select(d => d.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_long_document_among_short_ones_is_one_document()
    {
        var random = new Random(12);
        using var index = VectorIndex.Create(NewFolder(), new(8, VectorMetric.Cosine, Storage));
        var parts = Enumerable.Range(0, 5000).SelectMany(_ => RandomVector(random, 8)).ToArray();
        await index.UpsertAsync([.. RandomVectors(random, 3000, 8).Select(pair => new VectorDocument(pair.Id, pair.Vector)), new("long", parts)], Cancellation);

        var found = index.Search(parts.AsSpan(8 * 4321, 8), 3001);

        Assert.Equal(3001, found.Select(d => d.Id).Distinct().Count());
        Assert.Equal("long", found[0].Id);
    }

    [Fact]
    public void A_disposed_index_says_so()
    {
        var index = VectorIndex.Open(Write(VectorMetric.Dot, [("a", [1])]));
        index.Dispose();
        index.Dispose();

        Assert.Throws<ObjectDisposedException>(() => index.Search([1], 1));
    }

    [Fact]
    public async Task Disposal_during_searches_lets_them_end()
    {
        var vectors = RandomVectors(new Random(5), 20_000, 32);
        var path = Write(VectorMetric.Dot, vectors);
        for (var trial = 0; trial < 20; trial++)
        {
            var index = VectorIndex.Open(path);
            var searches = Enumerable.Range(0, 4).Select(_ => index.SearchAsync(vectors[0].Vector, 5, cancellation: Cancellation)).ToList();
            index.Dispose();
            foreach (var search in searches)
                try
                {
                    Assert.Equal(5, (await search).Length);
                }
                catch (ObjectDisposedException)
                {
                }
        }
    }

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

    string NewFolder() => Path.Combine(_folder.FullName, $"index-{_files++}");

    string Write(VectorMetric metric, IReadOnlyList<(string Id, float[] Vector)> vectors)
    {
        var path = NewFolder();
        using var builder = new VectorIndexBuilder(path, new(vectors[0].Vector.Length, metric, Storage));
        foreach (var (id, vector) in vectors)
            builder.Add(id, vector);
        builder.Complete();
        return path;
    }
}
