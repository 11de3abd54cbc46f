using Npgsql;
using NpgsqlTypes;

namespace ReasonIR.Experiments.Runs;

/// <summary>Log lines, metric points and progress that wait to be written together. Thread-safe.</summary>
sealed class RunSeries(RunLease lease, string kind)
{
    /// <summary>So many waiting lines and points are written without waiting for the interval.</summary>
    public const int Full = 5_000;

    const int LongestMessage = 20_000;

    readonly Lock gate = new();
    readonly SemaphoreSlim writing = new(1);
    List<(DateTimeOffset At, RunLogLevel Level, string Message)> logs = [];
    Dictionary<(string Name, long Step), (double Value, DateTimeOffset At)> metrics = [];
    (double? Fraction, string Text)? progress;

    public bool Log(RunLogLevel level, string message)
    {
        message = PostgresText.Clean(message);
        if (message.Length > LongestMessage)
            message = string.Concat(message.AsSpan(0, LongestMessage), " ...");
        lock (gate)
        {
            logs.Add((DateTimeOffset.UtcNow, level, message));
            return logs.Count >= Full;
        }
    }

    public bool Metric(string name, long step, double value)
    {
        lock (gate)
        {
            metrics[(name, step)] = (value, DateTimeOffset.UtcNow);
            return metrics.Count >= Full;
        }
    }

    public void Progress(double? fraction, string text)
    {
        lock (gate)
            progress = (fraction is { } f ? double.IsNaN(f) ? null : Math.Clamp(f, 0, 1) : null, PostgresText.Clean(text));
    }

    /// <summary>Writes what waits. What cannot be written because of the connection waits on.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        await writing.WaitAsync(cancellation);
        try
        {
            var (lines, points, done) = Take();
            if (lines.Count == 0 && points.Count == 0 && done is null)
                return;
            try
            {
                await lease.WriteAsync(connection => WriteAsync(connection, lines, points, done, cancellation), cancellation);
            }
            catch (Exception e) when (e is not LeaseLostException)
            {
                PutBack(lines, points, done);
                throw;
            }
        }
        finally
        {
            writing.Release();
        }
    }

    (List<(DateTimeOffset At, RunLogLevel Level, string Message)>, Dictionary<(string Name, long Step), (double Value, DateTimeOffset At)>, (double?, string)?) Take()
    {
        lock (gate)
        {
            var taken = (logs, metrics, progress);
            (logs, metrics, progress) = ([], [], null);
            return taken;
        }
    }

    void PutBack(
        List<(DateTimeOffset, RunLogLevel, string)> lines, Dictionary<(string, long), (double, DateTimeOffset)> points, (double?, string)? done)
    {
        lock (gate)
        {
            logs.InsertRange(0, lines);
            foreach (var (key, value) in points)
                metrics.TryAdd(key, value);
            progress ??= done;
        }
    }

    async Task WriteAsync(
        NpgsqlConnection connection, List<(DateTimeOffset At, RunLogLevel Level, string Message)> lines,
        Dictionary<(string Name, long Step), (double Value, DateTimeOffset At)> points, (double? Fraction, string Text)? done,
        CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (lines.Count > 0)
            batch.BatchCommands.Add(new("""
                insert into run_logs (run_id, at, level, message)
                select @id, * from unnest(@at, @level, @message)
                """)
            {
                Parameters =
                {
                    new("id", lease.RunId), new("at", lines.Select(l => l.At).ToArray()),
                    new("level", lines.Select(l => l.Level.ToString().ToLowerInvariant()).ToArray()),
                    new("message", lines.Select(l => l.Message).ToArray()),
                },
            });
        if (points.Count > 0)
            batch.BatchCommands.Add(new("""
                insert into run_metrics (run_id, name, step, value, at)
                select @id, * from unnest(@name, @step, @value, @at)
                on conflict (run_id, name, step) do update set value = excluded.value, at = excluded.at
                """)
            {
                Parameters =
                {
                    new("id", lease.RunId), new("name", points.Select(p => p.Key.Name).ToArray()),
                    new("step", points.Select(p => p.Key.Step).ToArray()),
                    new("value", points.Select(p => p.Value.Value).ToArray()), new("at", points.Select(p => p.Value.At).ToArray()),
                },
            });
        if (done is { } progressed)
            batch.BatchCommands.Add(new("update runs set progress = @progress, progress_text = @text where id = @id")
            {
                Parameters =
                {
                    new("id", lease.RunId), new("text", progressed.Text),
                    new("progress", NpgsqlDbType.Double) { Value = (object?)progressed.Fraction ?? DBNull.Value },
                },
            });
        if (lines.Count > 0 || points.Count > 0)
            batch.BatchCommands.Add(new("select pg_notify(@channel, @payload)")
            {
                Parameters = { new("channel", RunEvent.Channel), new("payload", $"{lease.RunId} series {kind} running") },
            });
        await batch.ExecuteNonQueryAsync(cancellation);
    }
}
