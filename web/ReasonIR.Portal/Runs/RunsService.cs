using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Runs;

/// <summary>What pages and the REST API know about runs.</summary>
public sealed class RunsService(IDbContextFactory<ExperimentsDb> databases, RunQueue queue, LineageNames lineage)
{
    /// <summary>Points of one metric series sent at most; longer series are thinned evenly, the last point kept.</summary>
    const int MostPoints = 2000;

    /// <summary>Runs, newest first.</summary>
    public async Task<Page<RunInfo>> ListAsync(string? kind, string? state, int skip, int take, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var runs = db.Runs.AsNoTracking();
        // Parts of a run are on its page; among all runs they would hide the others.
        runs = string.IsNullOrEmpty(kind) ? runs.Where(run => run.Kind != RunKinds.EncodePart && run.Kind != RunKinds.SynthesizePart) : runs.Where(run => run.Kind == kind);
        if (!string.IsNullOrEmpty(state))
        {
            var paused = state.Equals(RunInfo.Paused, StringComparison.OrdinalIgnoreCase);
            if (!Enum.TryParse<RunState>(paused ? "queued" : state, ignoreCase: true, out var wanted))
                throw new ArgumentException($"state: expected queued, paused, running, succeeded, failed or canceled, found '{state}'.");
            runs = runs.Where(run => run.State == wanted && (run.State != RunState.Queued || run.Paused == paused));
        }
        var total = await runs.LongCountAsync(ct);
        var rows = await runs.OrderByDescending(run => run.Id).Skip(skip).Take(take).ToListAsync(ct);
        return new([.. rows.Select(Describe)], total);
    }

    /// <summary>One run with everything about it, or null.</summary>
    public async Task<RunDetail?> FindAsync(long id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await db.Runs.AsNoTracking().SingleOrDefaultAsync(run => run.Id == id, ct) is not { } run)
            return null;
        var children = await db.Runs.AsNoTracking().Where(child => child.ParentRunId == id).OrderBy(child => child.Id).ToListAsync(ct);
        var links = await db.RunLinks.AsNoTracking().Where(link => link.RunId == id).ToListAsync(ct);
        return new(
            Describe(run),
            JsonSerializer.Deserialize<JsonElement>(run.Spec),
            run.Output is null ? null : JsonSerializer.Deserialize<JsonElement>(run.Output),
            run.LeaseOwner,
            run.CodeVersion,
            [.. children.Select(Describe)],
            await lineage.DescribeAsync(db, links, ct));
    }

    /// <summary>A run's metric series, ascending by step; null where there is no such run.</summary>
    public async Task<IReadOnlyList<MetricPoint>?> MetricsAsync(long id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (!await db.Runs.AnyAsync(run => run.Id == id, ct))
            return null;
        // Thinned where the rows are: a series of millions of steps never leaves the database whole.
        return await db.Database.SqlQuery<MetricPoint>($"""
            select name as "Name", step as "Step", value as "Value", at as "At" from (
                select name, step, value, at, row_number() over (partition by name order by step) - 1 as place, count(*) over (partition by name) as points
                from run_metrics where run_id = {id}) series
            where points <= {MostPoints} or place in (0, points - 1) or place * {MostPoints} / points > (place - 1) * {MostPoints} / points
            order by name, step
            """).ToListAsync(ct);
    }

    /// <summary>A run's log lines after one, ascending, at most 1,000; null where there is no such run.</summary>
    public async Task<IReadOnlyList<RunLogLine>?> LogAsync(long id, long after, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (!await db.Runs.AnyAsync(run => run.Id == id, ct))
            return null;
        var lines = await db.RunLogs.AsNoTracking().Where(line => line.RunId == id && line.Id > after).OrderBy(line => line.Id).Take(1000).ToListAsync(ct);
        return [.. lines.Select(Describe)];
    }

    /// <summary>A run's last log lines, ascending; null where there is no such run.</summary>
    public async Task<IReadOnlyList<RunLogLine>?> LogTailAsync(long id, int lines, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (!await db.Runs.AnyAsync(run => run.Id == id, ct))
            return null;
        var tail = await db.RunLogs.AsNoTracking().Where(line => line.RunId == id).OrderByDescending(line => line.Id).Take(lines).ToListAsync(ct);
        tail.Reverse();
        return [.. tail.Select(Describe)];
    }

    /// <summary>Queues a run of any kind.</summary>
    public async Task<RunInfo> StartAsync(IRunSpec spec, CancellationToken ct)
    {
        var kind = RunSpecs.KindOf(spec);
        RunSpecs.ThrowIfInvalid(kind, spec);
        // A worker that is lost costs synthesis nothing: every item is kept by itself.
        var id = await queue.EnqueueAsync(new(kind, spec.Title, RunSpecs.ToJson(spec), RunSpecs.Version, MaxAttempts: kind == RunKinds.Synthesize ? 10 : 3), ct);
        return (await FindAsync(id, ct))!.Run;
    }

    /// <summary>Queues a run of another's spec, with single fields changed (<c>path=value</c>); null where there is no such run.</summary>
    public async Task<RunInfo?> CloneAsync(long id, IReadOnlyList<string> set, CancellationToken ct) => await CloneSpecAsync(id, set, ct) is { } spec ? await StartAsync(spec, ct) : null;

    /// <summary>The spec of a clone. A training run's model gets a name that is free, unless one is set.</summary>
    /// <exception cref="ArgumentException">The kind has no fields to set, or what is set cannot run.</exception>
    public async Task<IRunSpec?> CloneSpecAsync(long id, IReadOnlyList<string> set, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await db.Runs.AsNoTracking().SingleOrDefaultAsync(run => run.Id == id, ct) is not { } run)
            return null;
        if (run.Kind != RunKinds.Train)
            return set.Count == 0 ? RunSpecs.Parse(run.Kind, JsonSerializer.Deserialize<JsonElement>(run.Spec)) : throw new ArgumentException($"set: only fields of a training run can be changed, this is one of kind '{run.Kind}'.");
        var reading = TrainSpecs.Read(run.Spec, set);
        if (reading.Problems.Count > 0)
            throw new ArgumentException(string.Join(" ", reading.Problems.Select(problem => problem with { Line = 0 })));
        return set.Any(one => one.StartsWith("output.name=", StringComparison.Ordinal) || one.StartsWith("output=", StringComparison.Ordinal)) ? reading.Spec
            : reading.Spec with { Output = reading.Spec.Output with { Name = await FreeNameAsync(db, reading.Spec.Output.Name, ct) } };
    }

    static async Task<string> FreeNameAsync(ExperimentsDb db, string name, CancellationToken ct)
    {
        var stem = Regex.Replace(name, "-[0-9]{1,6}$", "");
        var taken = (await db.Models.Select(model => model.Name).ToListAsync(ct)).Concat((await db.Runs.Where(run => run.Kind == RunKinds.Train && run.Name.StartsWith("train ")).Select(run => run.Name).ToListAsync(ct)).Select(title => title["train ".Length..])).ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(2, taken.Count + 1).Select(number => $"{stem}-{number}").First(free => !taken.Contains(free));
    }

    /// <summary>Lets a run and the runs it started wait; false when it has already ended, or is paused.</summary>
    public Task<bool> PauseAsync(long id, CancellationToken ct) => queue.PauseAsync(id, ct);

    /// <summary>Tells a run and the runs it started to stop; false when it has already ended.</summary>
    public Task<bool> CancelAsync(long id, CancellationToken ct) => queue.CancelAsync(id, ct);

    /// <summary>Lets a paused run go on, or queues a failed or canceled one again; it goes on from its checkpoint.</summary>
    public Task ResumeAsync(long id, CancellationToken ct) => queue.ResumeAsync(id, ct);

    internal static RunInfo Describe(Run run) => new(
        run.Id, run.Kind, run.Name, run.Paused && run.State == RunState.Queued ? RunInfo.Paused : run.State.ToString().ToLowerInvariant(), run.Progress, run.ProgressText, run.Error,
        run.Attempts, run.ParentRunId, run.CreatedAt, run.StartedAt, run.EndedAt,
        run.State != RunState.Running ? null : run.CancelRequested ? "cancel" : run.Paused ? "pause" : null);

    static RunLogLine Describe(RunLog line) => new(line.Id, line.At, line.Level.ToString().ToLowerInvariant(), line.Message);
}
