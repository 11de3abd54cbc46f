using System.Net.Http.Json;
using System.Text.Json;
using ReasonIR.Hosting.Page;
using ReasonIR.Hosting.Processes;
using ReasonIR.Hosting.Projects;
using ReasonIR.Hosting.Running;

namespace ReasonIR.Hosting.Tests.Running;

/// <summary>A whole host of its own, so that it can be ended in every way.</summary>
sealed class HostProcess : IAsyncDisposable
{
    static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false });

    readonly string data;

    HostProcess(ChildProcess process, string data, LogTail output)
    {
        (Process, this.data, Output) = (process, data, output);
    }

    public static string Program { get; } = ProjectOutput.Find("ReasonIR.Hosting.TestHost.csproj");

    public ChildProcess Process { get; }

    public LogTail Output { get; }

    public static async Task<HostProcess> StartAsync(string data, params string[] arguments)
    {
        var output = new LogTail(1000);
        var process = await ChildProcess.StartAsync(new ChildProcessOptions(Program)
        {
            Arguments = ["--data", data, .. arguments],
            OnLine = (line, _) => output.Add(line),
        });
        return new HostProcess(process, data, output);
    }

    /// <summary>Waits for portal.json.</summary>
    public async Task<PortalFile> ReadyAsync(CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < 300; tries++)
        {
            if (PortalFile.TryRead(data) is { } portal && portal.Pid == Process.Id)
                return portal;
            if (Process.Exited.IsCompleted)
                Assert.Fail($"the host ended with code {await Process.Exited}:\n{Output}");
            await Task.Delay(100, cancellationToken);
        }
        Assert.Fail($"the host is not ready after 30 s:\n{Output}");
        return null!;
    }

    public async Task<IReadOnlyList<ResourceView>> ResourcesAsync(CancellationToken cancellationToken)
    {
        var portal = await ReadyAsync(cancellationToken);
        return (await Client.GetFromJsonAsync<List<ResourceView>>(portal.ResourcesUrl + "/resources", JsonSerializerOptions.Web, cancellationToken))!;
    }

    public static Task<string> GetAsync(string url, CancellationToken cancellationToken) => Client.GetStringAsync(url, cancellationToken);

    public static bool IsAlive(int process) =>
        Directory.Exists($"/proc/{process}") && !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await Process.StopAsync(Signals.Terminate, TimeSpan.FromSeconds(6));
        await Process.DisposeAsync();
    }
}
