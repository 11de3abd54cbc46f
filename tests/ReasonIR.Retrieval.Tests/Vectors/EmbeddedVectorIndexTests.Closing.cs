using ReasonIR.Retrieval.Vectors;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Vectors;

/// <content>When files are unmapped.</content>
public abstract partial class EmbeddedVectorIndexTests
{
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
            var index = VectorIndex.Open(path);
            Assert.True(IsMapped());
            GC.KeepAlive(index); // other tests collect, too
        }
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
}
