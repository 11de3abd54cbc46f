using ReasonIR.Retrieval.Vectors;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Vectors;

public sealed class Float32VectorIndexTests : EmbeddedVectorIndexTests
{
    protected override VectorPrecision Precision => VectorPrecision.Float32;

    protected override double LowestRecall => 1;
}

public sealed class Int8VectorIndexTests : EmbeddedVectorIndexTests
{
    protected override VectorPrecision Precision => VectorPrecision.Int8Rescored;

    protected override double LowestRecall => 0.999;
}

/// <summary>The contract on the embedded index, and what only files can get wrong.</summary>
public abstract class EmbeddedVectorIndexTests : VectorIndexContract, IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reasonir-vectors-");
    int _files;

    protected abstract VectorPrecision Precision { get; }

    protected abstract double LowestRecall { get; }

    public void Dispose() => _folder.Delete(recursive: true);

    protected override Task<IVectorIndex> BuildAsync(VectorMetric metric, IReadOnlyList<(string Id, float[] Vector)> vectors) =>
        Task.FromResult<IVectorIndex>(VectorIndex.Open(Write(metric, vectors)));

    [Fact]
    public void Recall_against_the_full_scan()
    {
        var random = new Random(9);
        var vectors = RandomVectors(random, 20_000, 64);
        using var index = VectorIndex.Open(Write(VectorMetric.Cosine, vectors));
        using var exact = VectorIndex.Open(Write(VectorMetric.Cosine, vectors, VectorPrecision.Float32));
        var queries = Enumerable.Range(0, 100).SelectMany(_ => RandomVector(random, 64)).ToArray();

        var found = index.SearchBatch(queries, 100, cancellation: Cancellation);
        var expected = exact.SearchBatch(queries, 100, cancellation: Cancellation);

        var recall = expected.Zip(found).Average(pair => pair.First.Intersect(pair.Second).Count() / 100.0);
        Assert.True(recall >= LowestRecall, $"recall {recall}");
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
    public void A_vector_is_read_back()
    {
        using var index = VectorIndex.Open(Write(VectorMetric.Cosine, [("a", [3, 4]), ("b", [0, 0])]));
        var vector = new float[2];

        Assert.True(index.TryGetVector("a", vector));
        Assert.Equal([0.6f, 0.8f], vector);
        Assert.False(index.TryGetVector("c", vector));
    }

    [Fact]
    public void An_index_without_its_end_never_appears()
    {
        var path = Path.Combine(_folder.FullName, "index");
        using (var writer = VectorIndexWriter.Create(path, 2))
            writer.Add("a", [1, 2]);

        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public void An_index_is_replaced_under_open_readers()
    {
        var path = Write(VectorMetric.Dot, [("old", [1])]);
        using var old = VectorIndex.Open(path);
        using (var writer = VectorIndexWriter.Create(path, 1, VectorMetric.Dot))
        {
            writer.Add("new", [1]);
            writer.Complete();
        }
        using var replaced = VectorIndex.Open(path);

        Assert.Equal("old", old.Search([1], 1)[0].Id);
        Assert.Equal("new", replaced.Search([1], 1)[0].Id);
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public void What_cannot_be_stored_is_refused_by_its_id()
    {
        using var writer = VectorIndexWriter.Create(Path.Combine(_folder.FullName, "index"), 2, VectorMetric.Cosine, Precision);
        writer.Add("a", [1, 2]);

        Assert.Contains("a is added twice", Assert.Throws<ArgumentException>(() => writer.Add("a", [1, 2])).Message);
        Assert.Contains("document b: 3 floats", Assert.Throws<ArgumentException>(() => writer.Add("b", [1, 2, 3])).Message);
        Assert.Contains("document c", Assert.Throws<ArgumentException>(() => writer.Add("c", [1, float.PositiveInfinity])).Message);
        Assert.Throws<ArgumentException>(() => writer.Add("", [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => VectorIndexWriter.Create(Path.Combine(_folder.FullName, "x"), 0));
        writer.Complete();
        Assert.Single(_folder.GetFiles());
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
            var index = VectorIndex.Open(path, verify: false);
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
    public void Any_changed_byte_and_any_cut_are_noticed()
    {
        var path = Write(VectorMetric.Dot, RandomVectors(new Random(6), 9, 5));
        var whole = File.ReadAllBytes(path);
        var damaged = Path.Combine(_folder.FullName, "damaged");
        // Bytes that nothing reads: the rest of the header's page and the padding between sections.
        var read = Enumerable.Range(0, 64).Concat(Enumerable.Range(4096, whole.Length - 4096)).ToList();
        var unnoticed = 0;
        foreach (var place in read)
        {
            var bytes = whole.ToArray();
            bytes[place] ^= 0x41;
            File.WriteAllBytes(damaged, bytes);
            try
            {
                VectorIndex.Open(damaged).Dispose();
                unnoticed++;
            }
            catch (VectorIndexException)
            {
            }
        }
        Assert.True(unnoticed < 3 * 64, $"{unnoticed} changed bytes were not noticed, more than padding can hold");
        foreach (var length in new[] { 0, 7, 63, 64, 4095, 4096, whole.Length - 1 })
        {
            File.WriteAllBytes(damaged, whole[..length]);
            Assert.Throws<VectorIndexException>(() => VectorIndex.Open(damaged));
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
    [InlineData(8, 2)]
    public void A_header_that_lies_is_refused_before_anything_is_allocated(int place, uint value)
    {
        var path = Write(VectorMetric.Dot, [("a", [1])]);
        var bytes = File.ReadAllBytes(path);
        BitConverter.TryWriteBytes(bytes.AsSpan(place), value);
        // A hostile file has a right checksum.
        var crc = uint.MaxValue;
        foreach (var b in bytes.AsSpan(0, 60))
            crc = System.Numerics.BitOperations.Crc32C(crc, b);
        BitConverter.TryWriteBytes(bytes.AsSpan(60), ~crc);
        File.WriteAllBytes(path, bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<VectorIndexException>(() => VectorIndex.Open(path));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    string Write(VectorMetric metric, IReadOnlyList<(string Id, float[] Vector)> vectors, VectorPrecision? precision = null)
    {
        var path = Path.Combine(_folder.FullName, $"index-{_files++}");
        using var writer = VectorIndexWriter.Create(
            path, vectors.Count == 0 ? 3 : vectors[0].Vector.Length, metric, precision ?? Precision);
        foreach (var (id, vector) in vectors)
            writer.Add(id, vector);
        writer.Complete();
        return path;
    }
}
