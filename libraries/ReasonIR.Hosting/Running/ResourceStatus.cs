using System.Text.Json.Serialization;
using ReasonIR.Hosting.Processes;

namespace ReasonIR.Hosting.Running;

[JsonConverter(typeof(JsonStringEnumConverter<ResourceState>))]
public enum ResourceState
{
    /// <summary>For what it declared to wait for.</summary>
    Waiting,
    Starting,
    Running,
    /// <summary>It died; it is started again after a pause.</summary>
    Restarting,
    /// <summary>It had one thing to do and did it.</summary>
    Finished,
    Failed,
    /// <summary>There is none, and the system works without.</summary>
    NotAvailable,
    Stopping,
    Stopped,
}

/// <summary>What is known of a resource now.</summary>
/// <param name="Healthy">Null: it has no health check.</param>
/// <param name="Restarts">How often it was started again.</param>
public sealed record ResourceSnapshot(
    string Name, string Type, ResourceState State, bool? Healthy, string? Url, int? Pid, int Restarts, int? ExitCode, string? Detail, DateTimeOffset? StartedAt)
{
    /// <summary>Those who wait for it may start.</summary>
    [JsonIgnore]
    public bool IsReady => State is ResourceState.NotAvailable || State is ResourceState.Running && Healthy is not false;
}

/// <summary>The changing status of a resource and the last lines it wrote. Thread-safe; nobody polls it.</summary>
sealed class ResourceStatus(string name, string type)
{
    readonly Lock gate = new();
    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    ResourceSnapshot current = new(name, type, ResourceState.Waiting, null, null, null, 0, null, null, null);

    public LogTail Log { get; } = new(200);

    public ResourceSnapshot Current
    {
        get
        {
            lock (gate)
                return current;
        }
    }

    public void Update(Func<ResourceSnapshot, ResourceSnapshot> change)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            current = change(current);
            (told, changed) = (changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        told.SetResult();
    }

    /// <summary>The first status, from now on, that fulfills the condition.</summary>
    public async Task<ResourceSnapshot> WhenAsync(Func<ResourceSnapshot, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (condition(current))
                    return current;
                next = changed.Task;
            }
            await next.WaitAsync(cancellationToken);
        }
    }
}
