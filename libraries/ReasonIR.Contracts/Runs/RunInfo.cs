using System.Text.Json;

namespace ReasonIR.Contracts.Runs;

/// <summary>A run as lists and pages show it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Kind">One of <see cref="RunKinds"/>.</param>
/// <param name="Name">Its title.</param>
/// <param name="State"><c>queued</c>, <c>paused</c>, <c>running</c>, <c>succeeded</c>, <c>failed</c> or <c>canceled</c>.</param>
/// <param name="Progress">0 to 1; null where unknown.</param>
/// <param name="ProgressText">What it is doing.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Attempts">How often a worker began it.</param>
/// <param name="ParentId">The run that started it.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="StartedAt">When a worker took it.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Told">What a running one was told and has not done yet: <c>pause</c> or <c>cancel</c>; else null.</param>
public sealed record RunInfo(
    long Id,
    string Kind,
    string Name,
    string State,
    double? Progress,
    string? ProgressText,
    string? Error,
    int Attempts,
    long? ParentId,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    string? Told = null)
{
    /// <summary>The state of a run that waits until it is resumed.</summary>
    public const string Paused = "paused";

    /// <summary>Whether it will not change any more.</summary>
    public bool Ended => State is "succeeded" or "failed" or "canceled";
}

/// <summary>A run with everything about it.</summary>
/// <param name="Run">The run.</param>
/// <param name="Spec">What it was asked to do.</param>
/// <param name="Output">What it left.</param>
/// <param name="Worker">Who does or did it.</param>
/// <param name="CodeVersion">The code that ran.</param>
/// <param name="Children">Runs that it started.</param>
/// <param name="Links">Its inputs and outputs.</param>
public sealed record RunDetail(
    RunInfo Run,
    JsonElement Spec,
    JsonElement? Output,
    string? Worker,
    string? CodeVersion,
    IReadOnlyList<RunInfo> Children,
    IReadOnlyList<RunLinkInfo> Links);

/// <summary>An input or output of a run.</summary>
/// <param name="Direction"><c>input</c> or <c>output</c>.</param>
/// <param name="EntityKind"><c>corpus</c>, <c>dataset</c>, <c>model</c>, <c>index</c>, <c>result</c>, <c>artifact</c>.</param>
/// <param name="EntityId">Its row.</param>
/// <param name="Name">Its name.</param>
public sealed record RunLinkInfo(string Direction, string EntityKind, long EntityId, string Name);

/// <summary>A point of a metric series.</summary>
public sealed record MetricPoint(string Name, long Step, double Value, DateTimeOffset At);

/// <summary>A line of a run's log.</summary>
public sealed record RunLogLine(long Id, DateTimeOffset At, string Level, string Message);

/// <summary>Asks for a run.</summary>
/// <param name="Kind">One of <see cref="RunKinds"/>.</param>
/// <param name="Spec">The spec of that kind.</param>
public sealed record RunRequest(string Kind, JsonElement Spec);
