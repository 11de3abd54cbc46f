using System.Net;
using System.Net.Sockets;

namespace ReasonIR.ServiceDefaults.Hub;

/// <summary>Tries again what may pass: dropped and silent connections, 429 and 5xx, with growing pauses or the server's own.</summary>
static class HubRetry
{
    /// <param name="options">How often, how long.</param>
    /// <param name="log">Told of each failure and pause.</param>
    /// <param name="work">One attempt.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <param name="progress">Bytes so far: a failure after new bytes counts as the first one.</param>
    public static async Task<T> RunAsync<T>(HubOptions options, Action<string>? log, Func<Task<T>> work, CancellationToken cancellation, Func<long>? progress = null)
    {
        var failures = 0;
        var before = progress?.Invoke() ?? 0;
        while (true)
            try
            {
                return await work();
            }
            catch (Exception e) when (IsPassing(e) && !cancellation.IsCancellationRequested)
            {
                var now = progress?.Invoke() ?? 0;
                failures = now > before ? 1 : failures + 1;
                before = now;
                if (failures >= options.Attempts)
                    throw e as HubException ?? new HubException($"The hub could not be read: {Innermost(e)}", (e as HttpRequestException)?.StatusCode, e) { Passing = true };
                var pause = (e as HubException)?.RetryAfter ?? options.FirstPause * Math.Pow(2, failures - 1);
                pause = pause > options.LongestPause ? options.LongestPause : pause;
                log?.Invoke($"{Innermost(e)} Again in {pause.TotalSeconds:0.#} s.");
                await Task.Delay(pause, cancellation);
            }
    }

    static bool IsPassing(Exception e) => e switch
    {
        HubException hub => hub.Passing,
        HttpRequestException http => http.StatusCode is null,
        HttpIOException or SocketException or TimeoutException => true,
        IOException { InnerException: { } inner } => IsPassing(inner),
        _ => false,
    };

    static string Innermost(Exception e)
    {
        while (e is HttpRequestException && e.InnerException is { } inner)
            e = inner;
        return e.Message.EndsWith('.') ? e.Message : e.Message + ".";
    }
}
