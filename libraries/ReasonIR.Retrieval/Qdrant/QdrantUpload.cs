using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;

namespace ReasonIR.Retrieval.Qdrant;

/// <summary>
/// Stores many points: requests of some megabytes, a few at a time, each tried again where it may succeed later (a point that is stored twice
/// is stored once). Memory: the requests under way. When it returns, all points are stored; when it throws, some may be.
/// </summary>
static class QdrantUpload
{
    const int Requests = 4;

    static ReadOnlySpan<byte> Start => "{\"points\":["u8;

    static ReadOnlySpan<byte> End => "]}"u8;

    public static async Task RunAsync(QdrantClient client, string collection, IEnumerable<QdrantPoint> points, CancellationToken cancellation)
    {
        var bodies = Channel.CreateBounded<ReadOnlyMemory<byte>>(1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var senders = Enumerable.Range(0, Requests).Select(_ => Task.Run(() => SendAsync(client, collection, bodies.Reader, stop), CancellationToken.None)).ToList();
        try
        {
            foreach (var body in Bodies(points))
                await bodies.Writer.WriteAsync(body, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // A sender failed: its error comes out below.
        }
        finally
        {
            bodies.Writer.Complete();
        }
        await Task.WhenAll(senders);
    }

    static async Task SendAsync(QdrantClient client, string collection, ChannelReader<ReadOnlyMemory<byte>> bodies, CancellationTokenSource stop)
    {
        try
        {
            await foreach (var body in bodies.ReadAllAsync(stop.Token))
                await client.Rest.SendAsync(HttpMethod.Put, $"collections/{QdrantRest.Escape(collection)}/points?wait=true", body, async answer =>
                {
                    await answer.CopyToAsync(Stream.Null, stop.Token);
                    return true;
                }, stop.Token);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await stop.CancelAsync();
            throw;
        }
    }

    /// <summary>The points in requests below the limit.</summary>
    internal static IEnumerable<ReadOnlyMemory<byte>> Bodies(IEnumerable<QdrantPoint> points, int mostBytes = QdrantRest.MostRequestBytes)
    {
        var body = new ArrayBufferWriter<byte>(1 << 16);
        var one = new ArrayBufferWriter<byte>(1 << 14);
        foreach (var point in points)
        {
            one.ResetWrittenCount();
            using (var writer = new Utf8JsonWriter(one))
                point.Write(writer);
            if (body.WrittenCount > 0 && body.WrittenCount + one.WrittenCount + 3 > mostBytes)
            {
                body.Write(End);
                yield return body.WrittenMemory;
                body = new(mostBytes);
            }
            if (body.WrittenCount == 0)
                body.Write(Start);
            else
                body.Write(","u8);
            body.Write(one.WrittenSpan);
        }
        if (body.WrittenCount == 0)
            yield break;
        body.Write(End);
        yield return body.WrittenMemory;
    }
}
