using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ReasonIR.Hosting.TestHost;

/// <summary>Listens on <c>PORT</c>: <c>/health</c>, <c>/env/NAME</c>, <c>/die/CODE</c>. Writes its port to the file <c>STOP_LOG</c> when it is asked to stop.</summary>
static class Serve
{
    public static async Task<int> RunAsync()
    {
        var port = Environment.GetEnvironmentVariable("PORT");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddRoutingCore();
        await using var app = builder.Build();
        app.MapGet("/health", () => "well");
        app.MapGet("/env/{name}", (string name) => Environment.GetEnvironmentVariable(name) ?? "(unset)");
        app.MapGet("/die/{code:int}", (int code) => Environment.Exit(code));
        var stop = new TaskCompletionSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            if (Environment.GetEnvironmentVariable("STOP_LOG") is { Length: > 0 } log)
                File.AppendAllText(log, port + "\n");
            if (Environment.GetEnvironmentVariable("STUBBORN") is null)
                stop.SetResult();
        });
        await app.StartAsync();
        Console.WriteLine($"listening on {port}");
        await stop.Task;
        return 0;
    }
}
