using System.Globalization;

namespace ReasonIR.Experiments.Runs;

/// <summary>What happened to a run.</summary>
public enum RunChange
{
    /// <summary>It was enqueued, taken, ended or put back.</summary>
    State,

    /// <summary>It was asked to cancel.</summary>
    Cancel,

    /// <summary>It was asked to pause while it runs.</summary>
    Pause,

    /// <summary>Its progress moved.</summary>
    Progress,

    /// <summary>It has new log lines or metric points.</summary>
    Series,

    /// <summary>No run in particular: the connection was made anew, so anything may have happened. Read again what you show.</summary>
    Resync,
}

/// <summary>A notification on the channel <c>reasonir_runs</c>; of a <see cref="RunChange.Resync"/> only the change has a meaning.</summary>
public sealed record RunEvent(long RunId, RunChange Change, string Kind, RunState State)
{
    internal const string Channel = "reasonir_runs";

    internal static RunEvent Resync { get; } = new(0, RunChange.Resync, "", RunState.Queued);

    /// <summary>Reads "17 progress train running"; null when it is something else.</summary>
    internal static RunEvent? Parse(string payload)
    {
        var parts = payload.Split(' ');
        return parts.Length == 4
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && Enum.TryParse<RunChange>(parts[1], ignoreCase: true, out var change)
            && Enum.TryParse<RunState>(parts[3], ignoreCase: true, out var state)
            ? new RunEvent(id, change, parts[2], state) : null;
    }
}
