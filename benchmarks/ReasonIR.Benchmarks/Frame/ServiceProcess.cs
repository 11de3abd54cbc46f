using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace ReasonIR.Benchmarks.Frame;

/// <summary>A service as a process of its own on a free port; it ends with this object.</summary>
sealed partial class ServiceProcess : IAsyncDisposable
{
    static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);

    readonly Process process;

    ServiceProcess(Process process) => this.process = process;

    public int Id => process.Id;

    /// <summary>Where it listens.</summary>
    public IPEndPoint Endpoint { get; private set; } = null!;

    /// <param name="assembly">The service's assembly.</param>
    /// <param name="settings">Environment variables.</param>
    /// <param name="ready">What its log says when it can be measured; null: it listens.</param>
    /// <exception cref="InvalidOperationException">It ended at once.</exception>
    public static async Task<ServiceProcess> StartAsync(string assembly, IReadOnlyDictionary<string, string> settings, string? ready, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("dotnet") { ArgumentList = { assembly, "--urls", "http://127.0.0.1:0" }, RedirectStandardOutput = true };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        var service = new ServiceProcess(Process.Start(start)!);
        try
        {
            using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            late.CancelAfter(StartsWithin);
            IPEndPoint? endpoint = null;
            for (var isReady = ready is null; endpoint is null || !isReady;)
            {
                var line = await service.process.StandardOutput.ReadLineAsync(late.Token) ?? throw new InvalidOperationException($"{Path.GetFileName(assembly)} ended before it listened.");
                endpoint ??= Listening().Match(line) is { Success: true } match ? new(IPAddress.Loopback, int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)) : null;
                isReady |= ready is not null && line.Contains(ready, StringComparison.Ordinal);
            }
            service.Endpoint = endpoint;
            _ = service.process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None); // a full pipe would stop it
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Resident memory, bytes.</summary>
    public long Memory()
    {
        process.Refresh();
        return process.WorkingSet64;
    }

    /// <summary>Processor time so far, seconds.</summary>
    public double CpuSeconds()
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalSeconds;
    }

    [GeneratedRegex(@"Now listening on: http://127\.0\.0\.1:(\d+)")]
    private static partial Regex Listening();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
