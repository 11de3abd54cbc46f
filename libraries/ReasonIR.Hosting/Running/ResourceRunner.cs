using Aspire.Hosting.ApplicationModel;

namespace ReasonIR.Hosting.Running;

/// <summary>Runs one instance of a resource from start to stop.</summary>
abstract class ResourceRunner(Resource resource, string instance, SystemContext context)
{
    public Resource Resource => resource;

    public ResourceStatus Status { get; } = new(instance, resource.GetType().Name.Replace("Resource", "", StringComparison.Ordinal));

    protected SystemContext Context => context;

    /// <summary>
    /// Waits for what the resource waits for, starts it, and keeps it running. Completes when nothing is left to run. Cancelling starts
    /// nothing more; what runs is ended by <see cref="StopAsync"/>, so that the order of stopping is the system's.
    /// </summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            if (await DependenciesAsync(stopping))
                await KeepRunningAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Fail(error.Message);
        }
    }

    /// <summary>Asks it to end, and ends it after the grace.</summary>
    public abstract Task StopAsync(TimeSpan grace);

    protected abstract Task KeepRunningAsync(CancellationToken stopping);

    protected void Say(string text) => context.Console.Event(resource.Name, Status.Current.Name, text);

    /// <summary>For good: the system cannot run without it.</summary>
    protected void Fail(string reason)
    {
        Status.Update(s => s with { State = ResourceState.Failed, Healthy = null, Detail = reason });
        context.Break($"{Status.Current.Name}: {reason}");
    }

    async Task<bool> DependenciesAsync(CancellationToken stopping)
    {
        foreach (var wait in resource.Waits)
        {
            foreach (var dependency in context.Runners[wait.On])
            {
                Status.Update(s => s with { Detail = $"waits for {wait.On.Name}" });
                var reached = await dependency.Status.WhenAsync(
                    s => wait.ExitCode is null ? s.IsReady : s.State is ResourceState.Finished or ResourceState.Failed or ResourceState.NotAvailable, stopping);
                if (wait.ExitCode is { } code && reached.State is not ResourceState.NotAvailable && reached.ExitCode != code)
                {
                    Status.Update(s => s with { State = ResourceState.Failed, Detail = $"{wait.On.Name}, for which it waits, ended with code {reached.ExitCode}" });
                    return false;
                }
            }
        }
        Status.Update(s => s with { Detail = null });
        return true;
    }
}
