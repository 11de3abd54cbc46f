using Npgsql;
using NpgsqlTypes;

namespace ReasonIR.Experiments.Runs;

/// <summary>
/// A worker's hold on a run: its fencing number stands in every statement, so that after another worker took the run nothing of
/// this one arrives. Thread-safe: each call has its own connection.
/// </summary>
sealed class RunLease(NpgsqlDataSource database, long runId, long fence)
{
    const string Held = "id = @id and fence = @fence and state = 'running'";

    public long RunId => runId;

    /// <summary>
    /// Holds the run for the connection's transaction. KEY SHARE lets renewals pass but keeps takers (FOR UPDATE SKIP LOCKED) away
    /// until the transaction ends, even when the lease runs out meanwhile. It waits for a taker who was first, because the fence is
    /// part of a key (see the table).
    /// </summary>
    /// <exception cref="LeaseLostException"/>
    public async Task CheckAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = Command(connection, $"select 1 from runs where {Held} for key share");
        if (await command.ExecuteScalarAsync(cancellation) is null)
            throw new LeaseLostException(runId, fence);
    }

    /// <summary>Extends the lease; whether the run was asked to cancel, or to pause.</summary>
    /// <exception cref="LeaseLostException"/>
    public async Task<(bool Cancel, bool Pause)> RenewAsync(TimeSpan lease, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = Command(connection,
            $"update runs set lease_until = clock_timestamp() + @lease, heartbeat_at = clock_timestamp() where {Held} returning cancel_requested, paused");
        command.Parameters.AddWithValue("lease", lease);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? (reader.GetBoolean(0), reader.GetBoolean(1)) : throw new LeaseLostException(runId, fence);
    }

    /// <summary>Ends the run.</summary>
    public Task EndAsync(RunState state, string? error, CancellationToken cancellation) => UpdateAsync("""
        state = @state, error = @error, ended_at = now(), lease_until = null,
        progress = case when @state = 'succeeded' then 1 else progress end
        """, cancellation,
        new("state", NpgsqlDbType.Text) { Value = state.ToString().ToLowerInvariant() },
        new("error", NpgsqlDbType.Text) { Value = (object?)PostgresText.Clean(error) ?? DBNull.Value });

    /// <summary>Hands the run back at once; the attempt does not count.</summary>
    public Task ReleaseAsync(CancellationToken cancellation) => UpdateAsync(
        "state = 'queued', attempts = attempts - 1, lease_until = null, available_at = now()", cancellation);

    /// <summary>Puts the run back after an error that may pass.</summary>
    public Task RetryAsync(TimeSpan pause, string error, CancellationToken cancellation) => UpdateAsync(
        "state = 'queued', error = @error, lease_until = null, available_at = now() + @pause", cancellation,
        new("pause", NpgsqlDbType.Interval) { Value = pause },
        new("error", NpgsqlDbType.Text) { Value = PostgresText.Clean(error) });

    public Task SetOutputAsync(string json, CancellationToken cancellation) => UpdateAsync(
        "output = @json", cancellation, new NpgsqlParameter("json", NpgsqlDbType.Jsonb) { Value = json });

    public static async Task SaveCheckpointAsync(NpgsqlConnection connection, long runId, string json, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("update runs set checkpoint = @json where id = @id", connection);
        command.Parameters.AddWithValue("id", runId);
        command.Parameters.AddWithValue("json", NpgsqlDbType.Jsonb, json);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    public static async Task LinkAsync(
        NpgsqlConnection connection, long runId, LinkDirection direction, string entityKind, long entityId, string name, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("""
            insert into run_links (run_id, direction, entity_kind, entity_id, name)
            values (@id, @direction, @kind, @entity, @name) on conflict do nothing
            """, connection);
        command.Parameters.AddWithValue("id", runId);
        command.Parameters.AddWithValue("direction", direction.ToString().ToLowerInvariant());
        command.Parameters.AddWithValue("kind", entityKind);
        command.Parameters.AddWithValue("entity", entityId);
        command.Parameters.AddWithValue("name", name);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Runs a write in a transaction that holds the run.</summary>
    public async Task WriteAsync(Func<NpgsqlConnection, Task> write, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await CheckAsync(connection, cancellation);
        await write(connection);
        await transaction.CommitAsync(cancellation);
    }

    async Task UpdateAsync(string set, CancellationToken cancellation, params NpgsqlParameter[] parameters)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = Command(connection, $"update runs set {set} where {Held}");
        command.Parameters.AddRange(parameters);
        if (await command.ExecuteNonQueryAsync(cancellation) == 0)
            throw new LeaseLostException(runId, fence);
    }

    NpgsqlCommand Command(NpgsqlConnection connection, string sql) => new(sql, connection)
    {
        Parameters = { new("id", runId), new("fence", fence) },
    };
}
