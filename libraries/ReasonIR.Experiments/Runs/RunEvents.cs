using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ReasonIR.Experiments.Runs;

/// <summary>
/// Hears what happens to runs: one LISTEN connection a process, opened at the first subscription and again, with growing pauses,
/// whenever it breaks. After each opening all subscribers get a <see cref="RunChange.Resync"/>. Thread-safe.
/// </summary>
public sealed class RunEvents(NpgsqlDataSource database, ILogger<RunEvents> logger) : IAsyncDisposable
{
    static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<Subscription, bool> subscriptions = new();
    readonly CancellationTokenSource stopping = new();
    readonly Lock gate = new();
    Task? listening;

    /// <summary>Calls back on every event until disposed. The callback runs on the listening loop: it must be quick and not throw.</summary>
    public IDisposable Subscribe(Action<RunEvent> onEvent)
    {
        var subscription = new Subscription(this, onEvent);
        subscriptions[subscription] = true;
        lock (gate)
            listening ??= Task.Run(() => ListenAsync(stopping.Token));
        return subscription;
    }

    /// <summary>
    /// The events of one run, or of all, from now on. A reader that falls behind by 1,000 events loses the oldest,
    /// so treat an event as "read the row again", not as the change itself.
    /// </summary>
    public async IAsyncEnumerable<RunEvent> ReadAsync(long? runId = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var channel = Channel.CreateBounded<RunEvent>(new BoundedChannelOptions(1_000) { FullMode = BoundedChannelFullMode.DropOldest });
        using var subscription = Subscribe(e =>
        {
            if (runId is null || e.RunId == runId || e.Change == RunChange.Resync)
                channel.Writer.TryWrite(e);
        });
        await foreach (var e in channel.Reader.ReadAllAsync(cancellation))
            yield return e;
    }

    async Task ListenAsync(CancellationToken cancellation)
    {
        var pause = TimeSpan.Zero;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(cancellation);
                connection.Notification += (_, e) =>
                {
                    if (RunEvent.Parse(e.Payload) is { } runEvent)
                        Publish(runEvent);
                };
                await ExecuteAsync(connection, $"listen {RunEvent.Channel}", cancellation);
                pause = TimeSpan.Zero;
                Publish(RunEvent.Resync);
                while (true)
                    if (!await connection.WaitAsync(Quiet, cancellation))
                        await ExecuteAsync(connection, "select 1", cancellation); // a half-open connection would stay silent for ever
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException or InvalidOperationException)
            {
                pause = pause == TimeSpan.Zero ? TimeSpan.FromMilliseconds(100) : pause * 2 < LongestPause ? pause * 2 : LongestPause;
                logger.LogWarning("Listening for runs broke off ({Error}); again in {Pause}", e.Message, pause);
                await Task.Delay(pause, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 10 };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    void Publish(RunEvent runEvent)
    {
        foreach (var subscription in subscriptions.Keys)
            try
            {
                subscription.OnEvent(runEvent);
            }
            catch (Exception e)
            {
                logger.LogError(e, "A subscriber failed on {Event}", runEvent);
            }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        if (listening is not null)
            await listening;
        stopping.Dispose();
    }

    sealed class Subscription(RunEvents events, Action<RunEvent> onEvent) : IDisposable
    {
        public Action<RunEvent> OnEvent { get; } = onEvent;

        public void Dispose() => events.subscriptions.TryRemove(this, out _);
    }
}
