using Aspire.Hosting.ApplicationModel;

namespace ReasonIR.Hosting.Running;

/// <summary>Runs the program <c>qdrant</c>.</summary>
static class QdrantRunner
{
    public static ResourceRunner Create(QdrantServerResource resource, SystemContext context) =>
        new ProcessRunner(resource, resource.Name, 0, context, () => Launch(resource, context), new HealthTarget(new Uri(resource.HttpUrl + "/readyz"), 200));

    static ProcessLaunch Launch(QdrantServerResource resource, SystemContext context)
    {
        var folder = Path.Combine(context.DataDirectory, resource.Name);
        DataDirectories.Create(folder);
        return new ProcessLaunch(resource.Program!, folder, new Dictionary<string, string?>
        {
            ["QDRANT__SERVICE__HOST"] = "127.0.0.1",
            ["QDRANT__SERVICE__HTTP_PORT"] = $"{resource.HttpPort}",
            ["QDRANT__SERVICE__GRPC_PORT"] = $"{resource.GrpcPort}",
            ["QDRANT__SERVICE__API_KEY"] = resource.Key,
            ["QDRANT__STORAGE__STORAGE_PATH"] = Path.Combine(folder, "storage"),
            ["QDRANT__STORAGE__SNAPSHOTS_PATH"] = Path.Combine(folder, "snapshots"),
            ["QDRANT__TELEMETRY_DISABLED"] = "true",
        });
    }
}

/// <summary>A server that somebody else runs, or none.</summary>
sealed class GivenRunner(QdrantServerResource resource, SystemContext context) : ResourceRunner(resource, resource.Name, context)
{
    protected override Task KeepRunningAsync(CancellationToken stopping)
    {
        if (resource.IsExternal)
            Status.Update(s => s with { State = ResourceState.Running, Detail = $"given by ConnectionStrings__{resource.Name}", StartedAt = DateTimeOffset.UtcNow });
        else
        {
            Status.Update(s => s with
            {
                State = ResourceState.NotAvailable,
                Detail = $"no program qdrant on PATH and no ConnectionStrings__{resource.Name}_http: the embedded index is used",
            });
            Say($"not available ({Status.Current.Detail})");
        }
        return Task.CompletedTask;
    }

    public override Task StopAsync(TimeSpan grace) => Task.CompletedTask;
}
