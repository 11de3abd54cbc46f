using ReasonIR.Hosting.Running;

namespace Aspire.Hosting;

/// <summary>The system: starts its resources in order, keeps them running, stops them in the reverse order.</summary>
public sealed class DistributedApplication : IAsyncDisposable
{
    readonly SystemContext context;
    SystemRun? run;

    internal DistributedApplication(SystemContext context) => this.context = context;

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    /// <summary>Runs until Ctrl-C or SIGTERM; the process's exit code is 1 where the system could not start.</summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        using var stop = new StopSignals(context, cancellationToken);
        try
        {
            await StartAsync(stop.Requested);
            await run!.UntilStoppedAsync(stop.Requested);
        }
        catch (OperationCanceledException) when (stop.Requested.IsCancellationRequested)
        {
        }
        catch (HostRefusedException refused)
        {
            context.Console.Error(refused.Message);
            Environment.ExitCode = 1;
        }
        finally
        {
            await StopAsync(CancellationToken.None);
        }
    }

    /// <summary>Begins to start every resource and returns; they become ready in their order.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        run = new SystemRun(context);
        await run.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref run, null) is { } running)
            await running.StopAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>What is running now; for tests of the host.</summary>
    internal SystemRun? Current => run;
}
