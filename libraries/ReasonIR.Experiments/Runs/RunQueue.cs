using System.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;
using ReasonIR.Experiments.Artifacts;

namespace ReasonIR.Experiments.Runs;

/// <summary>What is to be run. <paramref name="SpecJson"/> is the kind's spec record as JSON.</summary>
/// <param name="Key">Where given, enqueuing the same key again returns the run that has it.</param>
/// <param name="Links">Inputs known beforehand, as lineage.</param>
public sealed record RunRequest(
    string Kind, string Name, string SpecJson, int SpecVersion = 1, long? ParentRunId = null, string? Key = null,
    int Priority = 0, int MaxAttempts = 3, IReadOnlyList<RunLink>? Links = null);

/// <summary>The run queue from outside: enqueue, cancel, start again, wait. Thread-safe.</summary>
public sealed class RunQueue(NpgsqlDataSource database, IDbContextFactory<ExperimentsDb> contexts, RunEvents events, ArtifactStore artifacts)
{
    static readonly TimeSpan PauseAfterError = TimeSpan.FromMilliseconds(500);

    /// <summary>Enqueues a run and returns its id.</summary>
    public Task<long> EnqueueAsync<TSpec>(
        string kind, string name, TSpec spec, int specVersion = 1, long? parentRunId = null, string? key = null,
        int priority = 0, int maxAttempts = 3, CancellationToken cancellation = default) =>
        EnqueueAsync(new RunRequest(kind, name, ExperimentsJson.Write(spec), specVersion, parentRunId, key, priority, maxAttempts), cancellation);

    /// <inheritdoc cref="EnqueueAsync{TSpec}"/>
    public async Task<long> EnqueueAsync(RunRequest request, CancellationToken cancellation = default)
    {
        // Kinds travel in notifications, whose fields are separated by spaces.
        if (request.Kind.Length is 0 or > 100 || request.Kind.Any(char.IsWhiteSpace))
            throw new ArgumentException($"a run's kind is a word of at most 100 letters, not '{request.Kind}'", nameof(request));
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var id = await InsertAsync(connection, request, cancellation);
        await transaction.CommitAsync(cancellation);
        return id;
    }

    static async Task<long> InsertAsync(NpgsqlConnection connection, RunRequest request, CancellationToken cancellation)
    {
        // Whoever cancels or pauses the parent waits for this row, or this one hears of it: no child runs on behind its parent's back.
        await using var insert = new NpgsqlCommand("""
            with parent as materialized (select cancel_requested, paused from runs where id = @parent for share)
            insert into runs (kind, name, spec, spec_version, state, parent_run_id, key, priority, max_attempts, cancel_requested, ended_at, paused)
            select @kind, @name, @spec, @version, case when canceled then 'canceled' else 'queued' end, @parent, @key, @priority, @attempts,
                canceled, case when canceled then now() end, paused and not canceled
            from (select coalesce(bool_or(cancel_requested), false) as canceled, coalesce(bool_or(paused), false) as paused from parent) of_parent
            on conflict (key) do nothing returning id
            """, connection);
        insert.Parameters.AddWithValue("kind", request.Kind);
        insert.Parameters.AddWithValue("name", request.Name);
        insert.Parameters.AddWithValue("spec", NpgsqlDbType.Jsonb, request.SpecJson);
        insert.Parameters.AddWithValue("version", request.SpecVersion);
        insert.Parameters.AddWithValue("parent", NpgsqlDbType.Bigint, (object?)request.ParentRunId ?? DBNull.Value);
        insert.Parameters.AddWithValue("key", NpgsqlDbType.Text, (object?)request.Key ?? DBNull.Value);
        insert.Parameters.AddWithValue("priority", request.Priority);
        insert.Parameters.AddWithValue("attempts", request.MaxAttempts);
        if (await insert.ExecuteScalarAsync(cancellation) is not long id)
        {
            await using var find = new NpgsqlCommand("select id from runs where key = @key", connection);
            find.Parameters.AddWithValue("key", request.Key!);
            return (long)(await find.ExecuteScalarAsync(cancellation))!;
        }
        foreach (var link in request.Links ?? [])
            await RunLease.LinkAsync(connection, id, link.Direction, link.EntityKind, link.EntityId, link.Name, cancellation);
        return id;
    }

    /// <summary>
    /// Cancels a run and the runs it enqueued: queued ones at once, running ones as soon as their worker has heard of it
    /// (or at once where the worker is lost). False when the run has already ended.
    /// </summary>
    /// <exception cref="KeyNotFoundException">There is no such run.</exception>
    public async Task<bool> CancelAsync(long runId, CancellationToken cancellation = default)
    {
        var canceled = await RunFamily.ChangeAsync(database, runId, """
            locked as (
                select id, state = 'queued' or lease_until < now() as at_once from runs
                where id in (select id from family) and state in ('queued', 'running') and id <> all(@seen) order by id for update
            )
            update runs r set
                cancel_requested = true,
                paused = false,
                state = case when l.at_once then 'canceled' else r.state end,
                ended_at = case when l.at_once then now() else r.ended_at end,
                lease_until = case when l.at_once then null else r.lease_until end,
                fence = case when l.at_once then r.fence + 1 else r.fence end
            from locked l where r.id = l.id returning r.id
            """, [], cancellation);
        if (!canceled)
            await RequireAsync(runId, cancellation);
        return canceled;
    }

    /// <summary>
    /// Pauses a run and the runs it enqueued: they keep their checkpoints and go on when they are resumed. Running ones leave as soon as
    /// their worker has heard of it. False when the run has already ended.
    /// </summary>
    /// <exception cref="KeyNotFoundException">There is no such run.</exception>
    public async Task<bool> PauseAsync(long runId, CancellationToken cancellation = default)
    {
        var found = await SetPausedAsync(runId, true, cancellation);
        if (!found)
            await RequireAsync(runId, cancellation);
        return found;
    }

    /// <summary>Lets a paused run go on, or puts a failed or canceled one back: it goes on from its last checkpoint.</summary>
    /// <exception cref="KeyNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidOperationException">The run is neither paused, failed nor canceled.</exception>
    public async Task ResumeAsync(long runId, CancellationToken cancellation = default)
    {
        if (!await SetPausedAsync(runId, false, cancellation))
            await RequeueAsync(runId, "", cancellation);
    }

    /// <summary>Whether the run was there, not ended, and not already so.</summary>
    Task<bool> SetPausedAsync(long runId, bool paused, CancellationToken cancellation) => RunFamily.ChangeAsync(database, runId, """
        locked as (
            select id from runs where id in (select id from family) and state in ('queued', 'running') and paused <> @paused and id <> all(@seen) order by id for update
        )
        update runs r set paused = @paused from locked l where r.id = l.id returning r.id
        """, [new("paused", paused)], cancellation);

    /// <summary>
    /// Lets children that a handler needs go on where they had failed or were canceled, unless their parent is told to stop itself. Those
    /// on their way out are waited for: who cancels a run and resumes it at once meets children that are still ending.
    /// </summary>
    public async Task GoOnAsync(IReadOnlyCollection<long> children, CancellationToken cancellation = default)
    {
        List<long> stopped;
        await using (var db = await contexts.CreateDbContextAsync(cancellation))
            stopped = await db.Runs.Where(run => children.Contains(run.Id) && (run.State == RunState.Failed || run.State == RunState.Canceled || (run.State == RunState.Running && run.CancelRequested)))
                .OrderBy(run => run.Id).Select(run => run.Id).ToListAsync(cancellation);
        foreach (var id in stopped)
            if ((await WaitAsync(id, cancellation)).State != RunState.Succeeded)
                await RequeueAsync(id, "", cancellation, withParent: true);
    }

    /// <summary>Puts a failed or canceled run back: it starts anew, without checkpoint, metrics and work folder.</summary>
    /// <inheritdoc cref="ResumeAsync"/>
    public async Task RetryAsync(long runId, CancellationToken cancellation = default)
    {
        await RequeueAsync(runId, ", checkpoint = null, output = null, progress = null, progress_text = ''", cancellation);
    }

    /// <param name="withParent">Whether the run stays as it is where its parent is being canceled, and waits where that is paused.</param>
    async Task RequeueAsync(long runId, string alsoSet, CancellationToken cancellation, bool withParent = false)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var (canceled, paused) = withParent ? await RunFamily.ParentAsync(connection, runId, cancellation) : (false, false);
        if (canceled)
            return;
        await using var command = new NpgsqlCommand($"""
            update runs set state = 'queued', attempts = 0, cancel_requested = false, paused = @paused, error = null, ended_at = null,
                available_at = now(), fence = fence + 1 {alsoSet}
            where id = @id and state in ('failed', 'canceled')
            """, connection);
        command.Parameters.AddWithValue("id", runId);
        command.Parameters.AddWithValue("paused", paused);
        if (await command.ExecuteNonQueryAsync(cancellation) == 0)
        {
            var run = await RequireAsync(runId, cancellation);
            throw new InvalidOperationException($"run {runId} is {run.State.ToString().ToLowerInvariant()}: only a paused, failed or canceled run can go on");
        }
        if (alsoSet.Length > 0)
        {
            await using var clear = new NpgsqlCommand("delete from run_metrics where run_id = @id", connection);
            clear.Parameters.AddWithValue("id", runId);
            await clear.ExecuteNonQueryAsync(cancellation);
            artifacts.DeleteWorkFolder(runId); // before the commit: afterwards a worker may already be filling it
        }
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Waits until a run has ended and returns it; while the database is away it waits on.</summary>
    /// <exception cref="KeyNotFoundException">There is no such run.</exception>
    public async Task<Run> WaitAsync(long runId, CancellationToken cancellation = default)
    {
        var changed = new SemaphoreSlim(0); // not disposed: a callback may be on its way
        using var subscription = events.Subscribe(e =>
        {
            if (e.Change == RunChange.Resync || (e.RunId == runId && e.Change == RunChange.State))
                changed.Release();
        });
        while (true)
            try
            {
                var run = await RequireAsync(runId, cancellation);
                if (run.HasEnded)
                    return run;
                await changed.WaitAsync(cancellation);
            }
            catch (Exception e) when (RunFailure.IsTransient(e) && !cancellation.IsCancellationRequested)
            {
                await Task.Delay(PauseAfterError, cancellation);
            }
    }

    async Task<Run> RequireAsync(long runId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == runId, cancellation)
            ?? throw new KeyNotFoundException($"there is no run {runId}");
    }
}
