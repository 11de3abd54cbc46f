using Npgsql;

namespace ReasonIR.Experiments.Runs;

/// <summary>What parents and children among runs do to each other.</summary>
static class RunFamily
{
    /// <summary>
    /// Changes a run and the runs below it; asked again until there are no new ones, because a statement that waits for a run does not see
    /// what that run enqueues meanwhile. Whether the run itself was changed.
    /// </summary>
    /// <param name="change">A CTE and an update that returns ids; <c>family</c> holds the runs, <c>@seen</c> those that were changed before.</param>
    public static async Task<bool> ChangeAsync(NpgsqlDataSource database, long runId, string change, NpgsqlParameter[] parameters, CancellationToken cancellation)
    {
        var seen = new HashSet<long>();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        for (var before = -1; seen.Count > before;)
        {
            before = seen.Count;
            await using var command = new NpgsqlCommand($"""
                with recursive family as (
                    select id from runs where id = @id
                    union select r.id from runs r join family f on r.parent_run_id = f.id
                ), {change}
                """, connection) { Parameters = { new("id", runId), new("seen", seen.ToArray()) } };
            foreach (var parameter in parameters)
                command.Parameters.Add(parameter.Clone());
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
                seen.Add(reader.GetInt64(0));
        }
        return seen.Contains(runId);
    }

    /// <summary>What a run's parent was told, which stands until the transaction ends.</summary>
    public static async Task<(bool Canceled, bool Paused)> ParentAsync(NpgsqlConnection connection, long runId, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "select p.cancel_requested, p.paused from runs p join runs r on r.parent_run_id = p.id where r.id = @id for share of p", connection);
        command.Parameters.AddWithValue("id", runId);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? (reader.GetBoolean(0), reader.GetBoolean(1)) : (false, false);
    }
}
