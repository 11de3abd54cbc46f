using System.ComponentModel;
using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using ReasonIR.Hosting.Processes;

namespace ReasonIR.Hosting.Running;

/// <summary>What to start: the file, where, and the variables that belong to its kind.</summary>
sealed record ProcessLaunch(string FileName, string WorkingDirectory, IReadOnlyDictionary<string, string?> Environment);

/// <summary>Keeps one process of a resource running, or runs it once where others wait for its completion.</summary>
sealed class ProcessRunner(Resource resource, string instance, int replica, SystemContext context, Func<ProcessLaunch> launch, HealthTarget? health)
    : ResourceRunner(resource, instance, context)
{
    readonly SemaphoreSlim gate = new(1); // between starting and stopping
    ChildProcess? child;
    bool stopped;

    public static IEnumerable<ProcessRunner> ForEachReplica(Resource resource, SystemContext context, Func<ProcessLaunch> launch)
    {
        for (var replica = 0; replica < resource.Replicas; replica++)
        {
            var instance = resource.Replicas == 1 ? resource.Name : $"{resource.Name}-{replica}";
            yield return new ProcessRunner(resource, instance, replica, context, launch, HealthTarget.Of(resource, replica));
        }
    }

    protected override async Task KeepRunningAsync(CancellationToken stopping)
    {
        var pause = new RestartPause();
        while (!stopping.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            if (await StartAsync(stopping) is not { } running)
                return;
            using (var probing = CancellationTokenSource.CreateLinkedTokenSource(stopping))
            {
                var probe = health is null ? Task.CompletedTask : health.WatchAsync(Status, Say, probing.Token);
                await running.Exited;
                await probing.CancelAsync();
                await probe;
            }
            await running.DrainAsync();
            var code = await running.Exited;
            Status.Update(s => s with { Pid = null, ExitCode = code, Healthy = health is null ? null : false });
            if (stopping.IsCancellationRequested)
                return;
            if (Context.IsJob(Resource))
            {
                Complete(code);
                return;
            }
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
        if (child is { } running)
        {
            if (!running.Exited.IsCompleted)
                Status.Update(s => s with { State = ResourceState.Stopping });
            await running.StopAsync(Signals.Terminate, grace);
            await running.DisposeAsync();
        }
        if (Status.Current.State is not (ResourceState.Finished or ResourceState.Failed))
            Status.Update(s => s with { State = ResourceState.Stopped, Pid = null });
    }

    void Complete(int code)
    {
        var expected = Context.Resources.SelectMany(r => r.Waits).First(w => w.On == Resource && w.ExitCode is not null).ExitCode;
        if (code == expected)
        {
            Status.Update(s => s with { State = ResourceState.Finished });
            Say("done");
        }
        else
            Fail($"ended with code {code}. Its last lines:\n{string.Join('\n', Status.Log.Snapshot().TakeLast(20))}");
    }

    async Task<ChildProcess?> StartAsync(CancellationToken stopping)
    {
        await gate.WaitAsync(stopping);
        try
        {
            if (stopped)
                return null;
            Status.Update(s => s with { State = ResourceState.Starting, Healthy = health is null ? null : false, Detail = null, ExitCode = null });
            if (child is not null)
                await child.DisposeAsync();
            child = await ChildProcess.StartAsync(Describe(launch()));
            var url = Resource.Endpoints.FirstOrDefault()?.Url(replica) ?? health?.Url.GetLeftPart(UriPartial.Authority);
            Status.Update(s => s with { State = ResourceState.Running, Pid = child.Id, Url = url, StartedAt = DateTimeOffset.UtcNow });
            return child;
        }
        catch (Exception error) when (error is Win32Exception or FileNotFoundException)
        {
            Fail(error.Message); // it will not come into being by waiting
            return null;
        }
        finally
        {
            gate.Release();
        }
    }

    ChildProcessOptions Describe(ProcessLaunch what)
    {
        var variables = new Dictionary<string, string?>(what.Environment);
        foreach (var endpoint in Resource.Endpoints)
        {
            if (endpoint.EnvironmentVariable is { } variable)
                variables[variable] = $"{endpoint.Ports[replica]}";
            else if (Resource is ProjectResource)
                variables["ASPNETCORE_URLS"] = endpoint.Url(replica);
        }
        if (Resource.Endpoints.Any(e => e.IsExternal) && Context.ResourcesUrl is { } resources)
            variables["REASONIR_RESOURCES_URL"] = resources;
        foreach (var add in Resource.Environment)
            add(variables);
        return new ChildProcessOptions(what.FileName)
        {
            Arguments = Resource.Arguments,
            WorkingDirectory = what.WorkingDirectory,
            Environment = variables,
            OnLine = (line, _) =>
            {
                Status.Log.Add(line);
                Context.Console.Output(Resource.Name, Status.Current.Name, line);
            },
        };
    }
}
