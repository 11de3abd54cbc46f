using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ReasonIR.Benchmarks.Serving;

/// <summary>A client that costs little beside what it measures: one kept connection, requests made beforehand, answers read to their end.</summary>
sealed class LoadClient : IDisposable
{
    readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    readonly byte[] answer = new byte[1 << 16];

    public static byte[] Request(string text)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { model = "model", input = text, encoding_format = "base64" });
        return [.. Encoding.ASCII.GetBytes($"POST /v1/embeddings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
    }

    public Task ConnectAsync(IPEndPoint endpoint, CancellationToken cancellation) => socket.ConnectAsync(endpoint, cancellation).AsTask();

    /// <summary>Seconds until the whole answer is there.</summary>
    /// <exception cref="InvalidDataException">The answer is none of success, or not as long as its kind is.</exception>
    public async Task<double> AskAsync(byte[] request, CancellationToken cancellation)
    {
        var since = Stopwatch.GetTimestamp();
        await socket.SendAsync(request, cancellation);
        var length = 0;
        // The service sends what it writes bit by bit in chunks; an empty one ends them.
        while (!answer.AsSpan(0, length).EndsWith("\r\n0\r\n\r\n"u8))
        {
            var read = await socket.ReceiveAsync(answer.AsMemory(length), cancellation);
            if (read == 0 || length + read == answer.Length)
                throw new InvalidDataException($"The answer broke off after {length + read} bytes.");
            length += read;
        }
        return answer.AsSpan(0, length).StartsWith("HTTP/1.1 200 "u8)
            ? Stopwatch.GetElapsedTime(since).TotalSeconds
            : throw new InvalidDataException(Encoding.UTF8.GetString(answer, 0, Math.Min(length, 500)));
    }

    public void Dispose() => socket.Dispose();
}

/// <summary>What a number of clients found in some time.</summary>
/// <param name="PerSecond">Texts a second, of all clients together.</param>
/// <param name="Seconds">Time of each answer, ascending.</param>
/// <param name="Errors">Requests that were not answered as they should be.</param>
sealed record LoadResult(double PerSecond, double[] Seconds, int Errors)
{
    public double Percentile(double share) => Seconds[Math.Min(Seconds.Length - 1, (int)(share * Seconds.Length))];

    /// <summary>Clients that ask one text after another, each as soon as it has its answer.</summary>
    public static async Task<LoadResult> RunAsync(IPEndPoint endpoint, IReadOnlyList<byte[]> requests, int clients, TimeSpan time, CancellationToken cancellation)
    {
        var (next, errors) = (0, 0);
        var clock = Stopwatch.StartNew();
        var each = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            var seconds = new List<double>();
            var client = new LoadClient();
            try
            {
                await client.ConnectAsync(endpoint, cancellation);
                while (clock.Elapsed < time)
                    try
                    {
                        seconds.Add(await client.AskAsync(requests[Interlocked.Increment(ref next) % requests.Count], cancellation));
                    }
                    catch (Exception e) when (e is SocketException or InvalidDataException && !cancellation.IsCancellationRequested)
                    {
                        Interlocked.Increment(ref errors);
                        client.Dispose();
                        client = new();
                        await client.ConnectAsync(endpoint, cancellation);
                    }
            }
            finally
            {
                client.Dispose();
            }
            return seconds;
        }, cancellation)));
        var elapsed = clock.Elapsed.TotalSeconds;
        double[] all = [.. each.SelectMany(seconds => seconds).Order()];
        return all.Length > 0 ? new(all.Length / elapsed, all, errors) : throw new InvalidDataException($"No request was answered; {errors} failed.");
    }
}
