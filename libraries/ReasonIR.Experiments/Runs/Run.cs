namespace ReasonIR.Experiments.Runs;

/// <summary>Where a run stands. The last three are ends.</summary>
public enum RunState { Queued, Running, Succeeded, Failed, Canceled }

/// <summary>A piece of long work: its kind and spec, its state, and what came of it.</summary>
public sealed class Run
{
    public long Id { get; init; }

    /// <summary>"import", "synthesize", "train", "index", "evaluate", "loop", ...: which handler runs it.</summary>
    public required string Kind { get; init; }

    public required string Name { get; init; }

    /// <summary>JSON of the kind's spec record.</summary>
    public string Spec { get; init; } = "{}";

    public int SpecVersion { get; init; } = 1;

    public RunState State { get; init; }

    /// <summary>The run that enqueued it; canceling a parent cancels its children.</summary>
    public long? ParentRunId { get; init; }

    /// <summary>Unique where given: enqueuing the same key again returns the same run.</summary>
    public string? Key { get; init; }

    /// <summary>Higher runs first.</summary>
    public int Priority { get; init; }

    /// <summary>0 to 1, null while unknown.</summary>
    public double? Progress { get; init; }

    public string ProgressText { get; init; } = "";

    /// <summary>How often a worker took it and did not hand it back on purpose.</summary>
    public int Attempts { get; init; }

    public int MaxAttempts { get; init; } = 3;

    /// <summary>Not to be taken before (a pause after a transient error).</summary>
    public DateTimeOffset AvailableAt { get; init; }

    /// <summary>The worker that has it or had it last: machine/process/number.</summary>
    public string? LeaseOwner { get; init; }

    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>Grows with each taking; a worker's writes count only while its number is the row's.</summary>
    public long Fence { get; init; }

    public bool CancelRequested { get; init; }

    /// <summary>Nobody takes it before it is told to go on; one that is running leaves its handler as soon as its worker has heard of it, and is queued again.</summary>
    public bool Paused { get; init; }

    /// <summary>JSON that the handler saved to resume from, or null.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>JSON that the handler left as its outcome, or null.</summary>
    public string? Output { get; init; }

    public string? Error { get; init; }

    /// <summary>Version of the code that ran it last.</summary>
    public string CodeVersion { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public DateTimeOffset? HeartbeatAt { get; init; }

    /// <summary>Succeeded, failed or canceled.</summary>
    public bool HasEnded => State is RunState.Succeeded or RunState.Failed or RunState.Canceled;

    public T ReadSpec<T>() => ExperimentsJson.Read<T>(Spec);

    /// <summary>The outcome, or default while there is none.</summary>
    public T? ReadOutput<T>() => Output is null ? default : ExperimentsJson.Read<T>(Output);
}
