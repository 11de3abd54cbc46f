using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using ReasonIR.Hosting.Postgres;

namespace ReasonIR.Hosting.Running;

/// <summary>Keeps the private database server running.</summary>
sealed class PostgresRunner(PostgresServerResource resource, SystemContext context) : ResourceRunner(resource, resource.Name, context)
{
    readonly SemaphoreSlim gate = new(1);
    PostgresCluster? cluster;
    bool stopped;
    int? port;

    protected override async Task KeepRunningAsync(CancellationToken stopping)
    {
        if (resource.IsExternal)
        {
            Status.Update(s => s with { State = ResourceState.NotAvailable, Detail = "not started: its databases are on a server elsewhere" });
            return;
        }
        var pause = new RestartPause();
        while (!stopping.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            if (await StartAsync(stopping) is not { } running)
                return;
            var code = await running.Exited;
            Status.Update(s => s with { Pid = null, ExitCode = code });
            if (stopping.IsCancellationRequested)
                return;
            var delay = pause.Next(clock.Elapsed);
            Status.Update(s => s with { State = ResourceState.Restarting, Restarts = s.Restarts + 1, Detail = $"ended with code {code}; starts again in {delay.TotalSeconds:0.#} s" });
            Say(Status.Current.Detail!);
            await Task.Delay(delay, stopping);
        }
    }

    public override async Task StopAsync(TimeSpan grace)
    {
        await gate.WaitAsync();
        stopped = true;
        gate.Release();
        if (cluster is { } running)
        {
            Status.Update(s => s with { State = ResourceState.Stopping });
            await running.StopAsync(grace);
            await running.DisposeAsync();
        }
        Status.Update(s => s with { State = ResourceState.Stopped, Pid = null });
    }

    async Task<PostgresCluster?> StartAsync(CancellationToken stopping)
    {
        await gate.WaitAsync(stopping);
        try
        {
            if (stopped)
                return null;
            Status.Update(s => s with { State = ResourceState.Starting, Detail = null, ExitCode = null });
            if (cluster is not null)
                await cluster.DisposeAsync();
            cluster = null;
            cluster = await PostgresCluster.StartAsync(
                new PostgresOptions
                {
                    DataDirectory = Path.Combine(Context.DataDirectory, resource.Name),
                    Port = port ?? resource.Port, // the same after a restart: the services hold its connection string
                    OnLog = Log,
                },
                stopping);
            port = cluster.Port;
            resource.ConnectionString = cluster.ConnectionString;
            Status.Update(s => s with
            {
                State = ResourceState.Running,
                Pid = cluster.ProcessId,
                Url = $"postgresql://{cluster.Host}:{cluster.Port}",
                StartedAt = DateTimeOffset.UtcNow,
                Detail = $"PostgreSQL {cluster.Binaries.Major}",
            });
            Say($"ready at 127.0.0.1:{cluster.Port} (PostgreSQL {cluster.Binaries.Major})");
            return cluster;
        }
        finally
        {
            gate.Release();
        }
    }

    void Log(string line)
    {
        Status.Log.Add(line);
        if (!line.Contains(" LOG:  ", StringComparison.Ordinal)) // its ordinary comings and goings
            Context.Console.Output(resource.Name, resource.Name, line);
    }
}
