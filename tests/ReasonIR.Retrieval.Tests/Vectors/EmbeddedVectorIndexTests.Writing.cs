using ReasonIR.Retrieval.Vectors;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Vectors;

/// <content>What a builder and changes leave in the folder.</content>
public abstract partial class EmbeddedVectorIndexTests
{
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
}
