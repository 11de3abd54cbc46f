using System.Runtime.InteropServices;

namespace ReasonIR.Hosting.Running;

/// <summary>
/// Ctrl-C, SIGTERM and the end of the terminal ask the system to stop; a second one ends it at once (its children die with it).
/// With <c>--stop-on-eof true</c> the end of standard input asks too: a program that starts a private system and is killed leaves none.
/// </summary>
sealed class StopSignals : IDisposable
{
    readonly CancellationTokenSource stop;
    readonly List<PosixSignalRegistration> registrations = [];

    public StopSignals(SystemContext context, CancellationToken cancellationToken)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
            registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        if (bool.TryParse(context.Configuration["stop-on-eof"], out var watch) && watch)
            _ = Task.Factory.StartNew(WatchInput, TaskCreationOptions.LongRunning);
    }

    public CancellationToken Requested => stop.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
    }

    void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (stop.IsCancellationRequested)
            Environment.Exit(130);
        stop.Cancel();
    }

    void WatchInput()
    {
        using var input = Console.OpenStandardInput();
        var buffer = new byte[256];
        while (input.Read(buffer) > 0)
        {
        }
        stop.Cancel();
    }
}
