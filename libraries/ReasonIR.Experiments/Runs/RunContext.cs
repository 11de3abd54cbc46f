using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;
using ReasonIR.Experiments.Artifacts;

namespace ReasonIR.Experiments.Runs;

/// <summary>
/// What a handler knows of its run and writes about it. Every write checks the lease and throws <see cref="LeaseLostException"/>
/// once another worker has the run; the handler's token is canceled then, too. Thread-safe.
/// </summary>
public sealed class RunContext
{
    readonly RunLease lease;
    readonly RunSeries series;
    readonly IDbContextFactory<ExperimentsDb> contexts;
    readonly ArtifactStore artifacts;
    readonly ILogger logger;
    string? checkpoint;

    internal RunContext(
        Run run, RunLease lease, IDbContextFactory<ExperimentsDb> contexts, ArtifactStore artifacts, RunQueue queue, ILogger logger)
    {
        (Run, this.lease, this.contexts, this.artifacts, Queue, this.logger) = (run, lease, contexts, artifacts, queue, logger);
        series = new RunSeries(lease, run.Kind);
        checkpoint = run.Checkpoint;
    }

    /// <summary>The row as it was when this worker took it.</summary>
    public Run Run { get; }

    public long RunId => Run.Id;

    /// <summary>To enqueue children and wait for them; see also <see cref="EnqueueChildAsync"/>.</summary>
    public RunQueue Queue { get; }

    /// <summary>The run's spec.</summary>
    public T Spec<T>() => Run.ReadSpec<T>();

    /// <summary>What was saved last, by this worker or one before it; default when nothing was.</summary>
    public T? Checkpoint<T>() => checkpoint is null ? default : ExperimentsJson.Read<T>(checkpoint);

    /// <summary>
    /// Saves where to resume from; rows that <paramref name="write"/> adds are committed together with it, or not at all.
    /// </summary>
    public async Task SaveCheckpointAsync<T>(T value, Func<ExperimentsDb, Task>? write = null, CancellationToken cancellation = default)
    {
        var json = ExperimentsJson.Write(value);
        await WriteAsync(async db =>
        {
            if (write is not null)
                await write(db);
            await RunLease.SaveCheckpointAsync((NpgsqlConnection)db.Database.GetDbConnection(), RunId, json, cancellation);
        }, cancellation);
        checkpoint = json;
    }

    /// <summary>Writes rows and saves what <paramref name="write"/> returns to resume from: both are committed together, or neither.</summary>
    public async Task<T> SaveCheckpointAsync<T>(Func<ExperimentsDb, Task<T>> write, CancellationToken cancellation = default)
    {
        var (value, json) = await WriteAsync(async db =>
        {
            var value = await write(db);
            var json = ExperimentsJson.Write(value);
            await RunLease.SaveCheckpointAsync((NpgsqlConnection)db.Database.GetDbConnection(), RunId, json, cancellation);
            return (value, json);
        }, cancellation);
        checkpoint = json;
        return value;
    }

    /// <summary>
    /// Writes rows in a transaction that is committed only while this worker has the run. Changes tracked by the context are saved.
    /// </summary>
    public async Task<T> WriteAsync<T>(Func<ExperimentsDb, Task<T>> write, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await lease.CheckAsync((NpgsqlConnection)db.Database.GetDbConnection(), cancellation);
        var result = await write(db);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return result;
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Func<ExperimentsDb, Task> write, CancellationToken cancellation = default) => WriteAsync(async db =>
    {
        await write(db);
        return true;
    }, cancellation);

    /// <summary>A context to read with.</summary>
    public Task<ExperimentsDb> ReadAsync(CancellationToken cancellation = default) => contexts.CreateDbContextAsync(cancellation);

    /// <summary>Tells pages how far the run is: 0 to 1, or null while nobody knows. Cheap: written at most once a second.</summary>
    public ValueTask ReportProgressAsync(double? fraction, string text)
    {
        series.Progress(fraction, text);
        return ValueTask.CompletedTask;
    }

    /// <summary>Adds a line to the run's log, and to the service's.</summary>
    public ValueTask LogAsync(RunLogLevel level, string message)
    {
        logger.Log(level switch
        {
            RunLogLevel.Debug => LogLevel.Debug,
            RunLogLevel.Warning => LogLevel.Warning,
            RunLogLevel.Error => LogLevel.Error,
            _ => LogLevel.Information,
        }, "{RunMessage}", message);
        return series.Log(level, message) ? new(FlushAsync(CancellationToken.None)) : ValueTask.CompletedTask;
    }

    /// <inheritdoc cref="LogAsync(RunLogLevel, string)"/>
    public ValueTask LogAsync(string message) => LogAsync(RunLogLevel.Information, message);

    /// <summary>Adds a point to a metric's series. The same step again replaces it, so a resumed run may repeat steps.</summary>
    public ValueTask MetricAsync(string name, long step, double value) =>
        series.Metric(name, step, value) ? new(FlushAsync(CancellationToken.None)) : ValueTask.CompletedTask;

    /// <summary>Records what the run read or made.</summary>
    public Task LinkAsync(LinkDirection direction, string entityKind, long entityId, string name = "", CancellationToken cancellation = default) =>
        lease.WriteAsync(connection => RunLease.LinkAsync(connection, RunId, direction, entityKind, entityId, name, cancellation), cancellation);

    /// <summary>Leaves the outcome for those who wait for the run.</summary>
    public Task SetOutputAsync<T>(T output, CancellationToken cancellation = default) =>
        lease.SetOutputAsync(ExperimentsJson.Write(output), cancellation);

    /// <summary>
    /// Enqueues a run below this one. A resumed handler that asks again with the same <paramref name="key"/> (unique within this
    /// run) gets the run it already has.
    /// </summary>
    public Task<long> EnqueueChildAsync<TSpec>(string kind, string name, TSpec spec, string key, int specVersion = 1, CancellationToken cancellation = default) =>
        Queue.EnqueueAsync(kind, name, spec, specVersion, RunId, $"{RunId}/{key}", Run.Priority, cancellation: cancellation);

    /// <summary>A scratch folder of this run in the artifact store; what lies there is found again after a restart.</summary>
    public string WorkFolder => Directory.CreateDirectory(artifacts.WorkFolder(RunId)).FullName;

    /// <summary>
    /// A file of the scratch folder that no other attempt writes: a worker that has lost the run without knowing it may still be at work.
    /// Those of earlier attempts sort before it.
    /// </summary>
    public string AttemptFile(string name) => Path.Combine(WorkFolder, $"{Run.Fence:D10}-{name}");

    /// <summary>The scratch folder of a run that this one is a part of.</summary>
    public string WorkFolderOf(long run) => artifacts.WorkFolder(run);

    /// <summary>Writes waiting log lines, metric points and progress now.</summary>
    public Task FlushAsync(CancellationToken cancellation = default) => series.FlushAsync(cancellation);
}
