using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ReasonIR.Cli.Servers;

/// <summary>A whole system that lives as long as one verb: started where none runs, stopped in order afterwards.</summary>
public sealed class PrivateSystem : IAsyncDisposable
{
    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);
    const int ShownLines = 15;

    readonly Process process;
    readonly Queue<string> output = new();

    PrivateSystem(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    /// <summary>The portal's address.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1");

    /// <summary>Starts the system on a data directory and waits until its portal answers.</summary>
    /// <exception cref="InvalidOperationException">It is not built, or it did not start; the message holds its last lines.</exception>
    public static async Task<PrivateSystem> StartAsync(string data, CancellationToken cancellation)
    {
        var host = AppHost();
        var start = new ProcessStartInfo(host, ["--port", FreePort().ToString(CultureInfo.InvariantCulture), "--data", data, "--stop-on-eof", "true"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        var system = new PrivateSystem(new Process { StartInfo = start });
        try
        {
            system.process.Start();
            system.process.BeginOutputReadLine();
            system.process.BeginErrorReadLine();
            var clock = Stopwatch.StartNew();
            while (DataDirectory.ReadPortal(data) is not { } portal || portal.Pid != system.process.Id)
            {
                if (system.process.HasExited || clock.Elapsed > StartLimit)
                    throw new InvalidOperationException($"The system did not start ({(system.process.HasExited ? $"exit code {system.process.ExitCode}" : $"not ready after {StartLimit.TotalSeconds} s")}). Its last lines:\n{system.LastLines()}");
                await Task.Delay(100, cancellation);
            }
            system.Url = DataDirectory.ReadPortal(data)!.Url;
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!process.HasExited)
            {
                const int terminate = 15;
                Kill(process.Id, terminate);
                await process.WaitForExitAsync(new CancellationTokenSource(StopLimit).Token);
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // never started
        }
        process.Dispose();
    }

    void Keep(string? line)
    {
        if (line is null)
            return;
        lock (output)
        {
            output.Enqueue(line);
            while (output.Count > ShownLines)
                output.Dequeue();
        }
    }

    string LastLines()
    {
        lock (output)
            return string.Join('\n', output);
    }

    static string AppHost()
    {
        var set = Environment.GetEnvironmentVariable("REASONIR_APPHOST");
        // artifacts/bin/ReasonIR.Cli/CONFIGURATION/ lies beside artifacts/bin/ReasonIR.AppHost/CONFIGURATION/.
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var beside = Path.Combine(here.Parent?.Parent?.FullName ?? "/", "ReasonIR.AppHost", here.Name, "ReasonIR.AppHost");
        var path = set ?? beside;
        return File.Exists(path)
            ? path
            : throw new InvalidOperationException($"No system runs here, and none can be started: {path} is absent. Run ./reasonir up first, or name one by --server.");
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [DllImport("libc", EntryPoint = "kill")]
    static extern int Kill(int pid, int signal);
}
