using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ReasonIR.Experiments.Runs;

/// <summary>Takes runs out of the queue.</summary>
sealed class RunClaims(NpgsqlDataSource database, IDbContextFactory<ExperimentsDb> contexts, string owner)
{
    static readonly string CodeVersion = (Assembly.GetEntryAssembly() ?? typeof(RunClaims).Assembly)
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <summary>
    /// Takes the first run of these kinds that is queued or whose worker was lost; null when there is none. Lost runs that were
    /// canceled or have no attempts left end here.
    /// </summary>
    public async Task<Run?> ClaimAsync(string[] kinds, TimeSpan lease, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        cancellation.ThrowIfCancellationRequested();
        // From here on nothing is broken off: a run that was taken and not heard of would wait for its lease to run out.
        while (await TakeAsync(connection, kinds, lease) is var (id, fence))
        {
            await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
            // A lease can run out before its row is read: what another worker took meanwhile bears that worker's fence.
            if (await db.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id && r.Fence == fence, CancellationToken.None) is { } run)
                return run;
        }
        return null;
    }

    async Task<(long Id, long Fence)?> TakeAsync(NpgsqlConnection connection, string[] kinds, TimeSpan lease)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    update runs set state = case when cancel_requested then 'canceled' else 'failed' end,
                        error = case when cancel_requested then null else 'its worker was lost ' || attempts || ' times' end,
                        ended_at = now(), lease_until = null, fence = fence + 1
                    where id in (
                        select id from runs
                        where kind = any(@kinds) and state = 'running' and lease_until < now() and (cancel_requested or attempts >= max_attempts and not paused)
                        for update skip locked)
                    """) { Parameters = { new("kinds", kinds) } },
                new("""
                    update runs set state = 'queued', attempts = attempts - 1, lease_until = null, fence = fence + 1
                    where id in (
                        select id from runs where kind = any(@kinds) and state = 'running' and lease_until < now() and paused
                        for update skip locked)
                    """) { Parameters = { new("kinds", kinds) } },
                new("""
                    update runs set state = 'running', attempts = attempts + 1, fence = fence + 1, lease_owner = @owner,
                        lease_until = clock_timestamp() + @lease, heartbeat_at = clock_timestamp(),
                        started_at = coalesce(started_at, now()), code_version = @code, error = null
                    where id = (
                        select id from runs
                        where kind = any(@kinds) and (state = 'queued' and available_at <= now() or state = 'running' and lease_until < now()) and not paused
                        order by priority desc, id limit 1 for update skip locked)
                    returning id, fence
                    """)
                {
                    Parameters = { new("kinds", kinds), new("owner", owner), new("lease", lease), new("code", CodeVersion) },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync();
        return await reader.ReadAsync() ? (reader.GetInt64(0), reader.GetInt64(1)) : null;
    }

    /// <summary>How long until a lease of these kinds runs out or a run may be tried again; null when nothing is due by itself.</summary>
    public async Task<TimeSpan?> NextDueAsync(string[] kinds, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            select min(case state when 'queued' then available_at else lease_until end) - now()
            from runs where kind = any(@kinds) and (state = 'running' or state = 'queued' and not paused)
            """);
        command.Parameters.AddWithValue("kinds", kinds);
        return await command.ExecuteScalarAsync(cancellation) is TimeSpan due ? due : null;
    }
}
