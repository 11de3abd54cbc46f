using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Trainer;
using ReasonIR.Experiments.Runs;
using RunRequest = ReasonIR.Contracts.Runs.RunRequest;

namespace ReasonIR.Portal.Runs;

/// <summary>Runs over REST.</summary>
public static class RunsApi
{
    /// <summary>Adds the endpoints below <c>/api/runs</c>.</summary>
    public static void MapRuns(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/runs").WithTags("Runs");
        group.MapGet("/", ListAsync).WithName("ListRuns").WithSummary("Runs, newest first, by kind and state.");
        group.MapPost("/", StartAsync).WithName("StartRun").WithSummary("Queues a run: its kind and the spec of that kind.");
        group.MapGet("/{id:long}", GetAsync).WithName("GetRun").WithSummary("One run with spec, output, children and lineage.");
        group.MapGet("/{id:long}/metrics", MetricsAsync).WithName("GetRunMetrics").WithSummary("Metric series, ascending by step.");
        group.MapGet("/{id:long}/log", LogAsync).WithName("GetRunLog").WithSummary("Log lines after one, or the last few.");
        group.MapGet("/{id:long}/events", EventsAsync).WithName("FollowRun").WithSummary("The run as server-sent events until it ends.");
        group.MapPost("/{id:long}/cancel", CancelAsync).WithName("CancelRun").WithSummary("Tells a run to stop.");
        group.MapPost("/{id:long}/pause", PauseAsync).WithName("PauseRun").WithSummary("Lets a run and those it started wait, with what they have done.");
        group.MapPost("/{id:long}/resume", ResumeAsync).WithName("ResumeRun").WithSummary("Lets a paused run go on, or queues a failed or canceled one again.");
        group.MapPost("/{id:long}/clone", CloneAsync).WithName("CloneRun").WithSummary("Queues a new run of the same spec, with single fields changed.");
    }

    static async Task<Ok<Page<RunInfo>>> ListAsync(string? kind, string? state, [AsParameters] Paging paging, RunsService runs, CancellationToken ct)
    {
        paging = paging.Checked();
        return TypedResults.Ok(await runs.ListAsync(kind, state, paging.First, paging.Count, ct));
    }

    static async Task<Created<RunInfo>> StartAsync(RunRequest request, RunsService runs, CancellationToken ct)
    {
        var run = await runs.StartAsync(RunSpecs.Parse(request.Kind, request.Spec), ct);
        return TypedResults.Created($"/api/runs/{run.Id}", run);
    }

    static async Task<Results<Ok<RunDetail>, ProblemHttpResult>> GetAsync(long id, RunsService runs, CancellationToken ct) =>
        await runs.FindAsync(id, ct) is { } run ? TypedResults.Ok(run) : Missing.Of("run", id);

    static async Task<Results<Ok<IReadOnlyList<MetricPoint>>, ProblemHttpResult>> MetricsAsync(long id, RunsService runs, CancellationToken ct) =>
        await runs.MetricsAsync(id, ct) is { } points ? TypedResults.Ok(points) : Missing.Of("run", id);

    static async Task<Results<Ok<IReadOnlyList<RunLogLine>>, ProblemHttpResult>> LogAsync(long id, long? after, int? last, RunsService runs, CancellationToken ct) =>
        await (last is { } count ? runs.LogTailAsync(id, new Paging(0, count).Checked().Count, ct) : runs.LogAsync(id, after ?? 0, ct)) is { } lines ? TypedResults.Ok(lines) : Missing.Of("run", id);

    static async Task<Results<ServerSentEventsResult<RunInfo>, ProblemHttpResult>> EventsAsync(long id, RunsService runs, RunEvents events, CancellationToken ct) =>
        await runs.FindAsync(id, ct) is null ? Missing.Of("run", id) : TypedResults.ServerSentEvents(FollowAsync(id, runs, events, ct), "run");

    static async IAsyncEnumerable<RunInfo> FollowAsync(long id, RunsService runs, RunEvents events, [EnumeratorCancellation] CancellationToken ct)
    {
        // Changes that come while the row is read are remembered as one: it is read again.
        var changed = Channel.CreateBounded<RunChange>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var subscription = events.Subscribe(change =>
        {
            if (change.RunId == id || change.Change == RunChange.Resync)
                changed.Writer.TryWrite(change.Change);
        });
        while (await runs.FindAsync(id, ct) is { } found)
        {
            yield return found.Run;
            if (found.Run.Ended)
                break;
            await changed.Reader.ReadAsync(ct);
        }
    }

    static async Task<Results<NoContent, ProblemHttpResult>> CancelAsync(long id, RunsService runs, CancellationToken ct)
    {
        try
        {
            return await runs.CancelAsync(id, ct)
                ? TypedResults.NoContent()
                : TypedResults.Problem($"Run {id} has already ended.", statusCode: StatusCodes.Status409Conflict);
        }
        catch (KeyNotFoundException)
        {
            return Missing.Of("run", id);
        }
    }

    static async Task<Results<NoContent, ProblemHttpResult>> PauseAsync(long id, RunsService runs, CancellationToken ct)
    {
        try
        {
            return await runs.PauseAsync(id, ct)
                ? TypedResults.NoContent()
                : TypedResults.Problem($"Run {id} has already ended, or is paused.", statusCode: StatusCodes.Status409Conflict);
        }
        catch (KeyNotFoundException)
        {
            return Missing.Of("run", id);
        }
    }

    static async Task<Results<Created<RunInfo>, ProblemHttpResult>> CloneAsync(long id, CloneRequest? request, RunsService runs, CancellationToken ct) =>
        await runs.CloneAsync(id, request?.Set ?? [], ct) is { } run ? TypedResults.Created($"/api/runs/{run.Id}", run) : Missing.Of("run", id);

    static async Task<Results<NoContent, ProblemHttpResult>> ResumeAsync(long id, RunsService runs, CancellationToken ct)
    {
        try
        {
            await runs.ResumeAsync(id, ct);
            return TypedResults.NoContent();
        }
        catch (KeyNotFoundException)
        {
            return Missing.Of("run", id);
        }
        catch (InvalidOperationException e)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }
}
