using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using ReasonIR.Hosting.Page;

namespace ReasonIR.Hosting.Running;

/// <summary>A system from its start to its stop.</summary>
sealed class SystemRun(SystemContext context)
{
    /// <summary>Stopping takes five seconds at most: four for the services, what is left for the database.</summary>
    static readonly TimeSpan ServicesEndWithin = TimeSpan.FromSeconds(3.2), Whole = TimeSpan.FromSeconds(4.5), NextLevelAfter = TimeSpan.FromSeconds(0.7);

    readonly CancellationTokenSource stopping = new();
    readonly Stopwatch clock = Stopwatch.StartNew();
    readonly List<Task> running = [];
    HostLock? hold;
    ResourcePage? page;

    public IEnumerable<ResourceRunner> Runners => context.Resources.SelectMany(r => context.Runners[r]);

    public SystemContext Context => context;

    /// <exception cref="HostRefusedException">Another system uses the data directory, or a fixed port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        hold = HostLock.Take(context.DataDirectory);
        PortalFile.Remove(context.DataDirectory); // of a host that was killed
        try
        {
            foreach (var resource in context.Resources)
                resource.Allocate();
        }
        catch (InvalidOperationException error)
        {
            throw new HostRefusedException(error.Message);
        }
        foreach (var resource in context.Resources)
            context.Runners[resource] = [.. resource.CreateRunners(context)];
        page = await ResourcePage.StartAsync(this, cancellationToken);
        context.ResourcesUrl = page.Url;
        foreach (var runner in Runners)
            running.Add(Task.Run(() => runner.RunAsync(stopping.Token), CancellationToken.None));
        if (context.Resources.FirstOrDefault(r => r.Endpoints.Any(e => e.IsExternal)) is { } front)
            running.Add(Task.Run(() => AnnounceAsync(front, stopping.Token), CancellationToken.None));
    }

    /// <summary>Until somebody asks to stop.</summary>
    /// <exception cref="HostRefusedException">Something the system cannot run without has failed for good.</exception>
    public async Task UntilStoppedAsync(CancellationToken cancellationToken)
    {
        var reason = await context.Broken.WaitAsync(cancellationToken);
        throw new HostRefusedException(reason);
    }

    public async Task StopAsync()
    {
        var since = Stopwatch.StartNew();
        await stopping.CancelAsync();
        if (hold is not null) // else the file is another host's
            PortalFile.Remove(context.DataDirectory);
        if (context.Runners.Count > 0)
        {
            var levels = ShutdownOrder.Levels(context.Resources);
            await StopLevelsAsync(levels.Select(level => level.Where(r => r is not PostgresServerResource).ToList()), ServicesEndWithin, since);
            await StopLevelsAsync(levels.Select(level => level.Where(r => r is PostgresServerResource).ToList()), Whole, since);
            await Task.WhenAll(running);
        }
        if (page is not null)
            await page.DisposeAsync();
        hold?.Dispose();
    }

    /// <summary>Each level is given a moment before the next is asked too, and all of them the same end.</summary>
    async Task StopLevelsAsync(IEnumerable<List<Resource>> levels, TimeSpan within, Stopwatch since)
    {
        var ends = new List<Task>();
        foreach (var level in levels.Where(level => level.Count > 0))
        {
            var grace = within - since.Elapsed;
            var end = Task.WhenAll(level.SelectMany(r => context.Runners[r]).Select(runner => runner.StopAsync(grace > TimeSpan.Zero ? grace : TimeSpan.Zero)));
            ends.Add(end);
            await Task.WhenAny(end, Task.Delay(NextLevelAfter));
        }
        await Task.WhenAll(ends);
    }

    async Task AnnounceAsync(Resource front, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var runner in context.Runners[front])
                await runner.Status.WhenAsync(s => s.IsReady, cancellationToken);
            var url = front.Endpoints.First(e => e.IsExternal).Url(0);
            new PortalFile(url, Environment.ProcessId, context.ResourcesUrl).Write(context.DataDirectory);
            context.Console.Say($"ReasonIR is ready at {url} after {clock.Elapsed.TotalSeconds:0.0} s (data in {context.DataDirectory}; Ctrl-C stops it)");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }
}
