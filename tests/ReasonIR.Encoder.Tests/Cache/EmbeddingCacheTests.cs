using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using ReasonIR.Encoder.Cache;
using ReasonIR.Encoder.Metrics;

namespace ReasonIR.Encoder.Tests.Cache;

public sealed class EmbeddingCacheTests : IDisposable
{
    const int Dimension = 5;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-cache-");
    readonly EncoderMetrics metrics = new();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        metrics.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_was_kept_is_found_by_the_next_process()
    {
        using (var first = await OpenAsync())
        {
            for (var i = 0; i < 100; i++)
                first.Keep((UInt128)i, i, Vector(i));
            await first.SettleAsync(Token);
            AssertFound(first, Enumerable.Range(0, 100));
            await first.StopAsync(Token);
        }
        using var second = await OpenAsync();
        AssertFound(second, Enumerable.Range(0, 100));
        Assert.Null(second.Find(100, new float[Dimension]));
        Assert.Null(second.Find(1, new float[Dimension + 1]));
        second.Keep(100, 100, Vector(100));
        await second.SettleAsync(Token);
        AssertFound(second, Enumerable.Range(0, 101));
        await second.StopAsync(Token);
    }

    [Fact]
    public async Task A_file_cut_off_anywhere_keeps_what_was_whole_and_goes_on()
    {
        using (var first = await OpenAsync())
        {
            for (var i = 0; i < 4; i++)
                first.Keep((UInt128)i, i, Vector(i));
            await first.SettleAsync(Token);
            await first.StopAsync(Token);
        }
        var path = Assert.Single(Directory.GetFiles(Path.Combine(folder.FullName, "0"), "*.vectors"));
        var bytes = await File.ReadAllBytesAsync(path, Token);
        var record = (bytes.Length - 16) / 4;
        for (var length = bytes.Length; length >= 0; length -= 3)
        {
            await File.WriteAllBytesAsync(path, bytes[..length], Token);
            using var cache = await OpenAsync();
            var whole = Math.Max(0, (length - 16) / record);
            Assert.Equal(whole, cache.Entries);
            AssertFound(cache, Enumerable.Range(0, whole));
            cache.Keep(77, 77, Vector(77));
            await cache.SettleAsync(Token);
            AssertFound(cache, [77]);
            await cache.StopAsync(Token);
            cache.Dispose();
            using var again = await OpenAsync();
            AssertFound(again, [.. Enumerable.Range(0, whole), 77]);
            await again.StopAsync(Token);
            foreach (var file in Directory.GetFiles(Path.Combine(folder.FullName, "0"), "*.vectors"))
                File.Delete(file);
        }
    }

    [Fact]
    public async Task An_altered_byte_is_never_a_wrong_vector()
    {
        using (var first = await OpenAsync())
        {
            for (var i = 0; i < 3; i++)
                first.Keep((UInt128)i, i, Vector(i));
            await first.SettleAsync(Token);
            await first.StopAsync(Token);
        }
        var path = Assert.Single(Directory.GetFiles(Path.Combine(folder.FullName, "0"), "*.vectors"));
        var bytes = await File.ReadAllBytesAsync(path, Token);
        for (var at = 0; at < bytes.Length; at++)
        {
            var broken = (byte[])bytes.Clone();
            broken[at] ^= 0x55;
            await File.WriteAllBytesAsync(path, broken, Token);
            using var cache = await OpenAsync();
            var vector = new float[Dimension];
            for (var i = 0; i < 3; i++)
                if (cache.Find((UInt128)i, vector) is { } tokens)
                {
                    Assert.Equal(i, tokens);
                    Assert.Equal(Vector(i), vector);
                }
            await cache.StopAsync(Token);
        }

        // And one that is altered while the process lives.
        await File.WriteAllBytesAsync(path, bytes, Token);
        using var open = await OpenAsync();
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Token);
        Assert.Null(open.Find(2, new float[Dimension]));
        AssertFound(open, [0, 1]);
        await open.StopAsync(Token);
    }

    [Fact]
    public async Task The_oldest_go_when_the_bound_is_reached()
    {
        using var cache = await OpenAsync(maxBytes: 20_000);
        for (var i = 0; i < 5000; i++)
        {
            cache.Keep((UInt128)i, i, Vector(i));
            if (i % 500 == 0)
                await cache.SettleAsync(Token);
        }
        await cache.SettleAsync(Token);
        Assert.InRange(cache.Bytes, 10_000, 20_000);
        Assert.InRange(Directory.GetFiles(Path.Combine(folder.FullName, "0"), "*.vectors").Sum(file => new FileInfo(file).Length), 10_000, 20_000);
        AssertFound(cache, Enumerable.Range(4800, 200));
        Assert.Null(cache.Find(0, new float[Dimension]));
        await cache.StopAsync(Token);
    }

    [Fact]
    public async Task Two_processes_have_places_of_their_own()
    {
        using var one = await OpenAsync();
        using var other = await OpenAsync();
        one.Keep(1, 1, Vector(1));
        other.Keep(2, 2, Vector(2));
        await one.SettleAsync(Token);
        await other.SettleAsync(Token);
        Assert.Equal((1, 1), (one.Entries, other.Entries));
        Assert.Equal(["0", "1"], Directory.GetDirectories(folder.FullName).Select(Path.GetFileName).Order());
        await one.StopAsync(Token);
        await other.StopAsync(Token);
    }

    [Fact]
    public async Task Readers_and_a_writer_at_once_see_whole_vectors()
    {
        using var cache = await OpenAsync(maxBytes: 50_000);
        await WriteAsync();
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(seed => Task.Factory.StartNew(() => Read(cache, seed, stop.Token), Token, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToList();
        for (var round = 0; round < 3; round++)
            await WriteAsync();
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(readers), found => Assert.True(found > 0));
        await cache.StopAsync(Token);

        // More than fit, so that files are removed under the readers.
        async Task WriteAsync()
        {
            for (var i = 0; i < Many; i++)
                cache.Keep((UInt128)i, i, Vector(i));
            await cache.SettleAsync(Token);
        }
    }

    const int Many = 2000;

    static int Read(EmbeddingCache cache, int seed, CancellationToken stop)
    {
        var (random, vector, found) = (new Random(seed), new float[Dimension], 0);
        do
            if (random.Next(Many) is var i && cache.Find((UInt128)i, vector) is { } tokens)
            {
                found++;
                Assert.Equal((i, Vector(i)[^1]), (tokens, vector[^1]));
            }
        while (!stop.IsCancellationRequested || found == 0);
        return found;
    }

    async Task<EmbeddingCache> OpenAsync(long maxBytes = 1 << 20)
    {
        var cache = new EmbeddingCache(folder.FullName, maxBytes, metrics, NullLogger<EmbeddingCache>.Instance);
        await cache.StartAsync(Token);
        await cache.SettleAsync(Token);
        return cache;
    }

    static float[] Vector(int i) => [.. Enumerable.Range(0, Dimension).Select(d => i + d / 10f)];

    static void AssertFound(EmbeddingCache cache, IEnumerable<int> keys, [CallerLineNumber] int line = 0)
    {
        var vector = new float[Dimension];
        foreach (var i in keys)
        {
            Assert.True(cache.Find((UInt128)i, vector) == i, $"{i} is not there (line {line})");
            Assert.Equal(Vector(i), vector);
        }
    }
}
