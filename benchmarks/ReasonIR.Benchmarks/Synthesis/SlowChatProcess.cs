using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace ReasonIR.Benchmarks.Synthesis;

/// <summary>A <see cref="SlowChatServer"/> as a process of its own, whose processor time is told apart from the system's. It ends with this object.</summary>
sealed class SlowChatProcess : IAsyncDisposable
{
    readonly Process process;
    readonly HttpClient http = new();

    SlowChatProcess(Process process, Uri endpoint) => (this.process, Endpoint) = (process, endpoint);

    public Uri Endpoint { get; }

    public int ProcessId => process.Id;

    public static async Task<SlowChatProcess> StartAsync(TimeSpan latency, CancellationToken cancellation)
    {
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [SlowChatServer.Verb, latency.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true, RedirectStandardInput = true,
        })!;
        return new(process, new Uri(await process.StandardOutput.ReadLineAsync(cancellation) ?? throw new InvalidOperationException("The scripted chat server did not start.")));
    }

    public async Task<ServerFigures> FiguresAsync(CancellationToken cancellation) => (await http.GetFromJsonAsync<ServerFigures>(Endpoint, cancellation))!;

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
        http.Dispose();
    }
}
