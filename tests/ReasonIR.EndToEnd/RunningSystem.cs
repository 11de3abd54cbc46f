using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using ReasonIR.Contracts.Client;
using ReasonIR.Testing;

namespace ReasonIR.EndToEnd;

/// <summary>The whole system as a user starts it, on a data directory and ports of its own; stopped in order at the end.</summary>
public sealed class RunningSystem : IAsyncLifetime
{
    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    readonly string data = Path.Combine("/tmp", $"reasonir-end-to-end-{Environment.ProcessId}-{Guid.NewGuid():N}");
    readonly List<string> output = [];
    Process? host;

    /// <summary>A chat endpoint for its services; null: none. Set before it starts.</summary>
    public Uri? Chat { get; init; }

    /// <summary>The portal's address.</summary>
    public Uri Portal { get; private set; } = new("http://127.0.0.1");

    /// <summary>Where the host tells about its resources.</summary>
    public Uri Resources { get; private set; } = new("http://127.0.0.1");

    /// <summary>The portal's REST API.</summary>
    public ReasonIrClient Client { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        try
        {
            await StartAsync();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    async Task StartAsync()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var executable = Path.Combine(SharedData.Repository, "artifacts", "bin", "ReasonIR.AppHost", configuration, "ReasonIR.AppHost");
        Directory.CreateDirectory(data);
        var start = new ProcessStartInfo(executable, ["--port", "0", "--data", data]) { RedirectStandardOutput = true, RedirectStandardError = true };
        // A worker that was killed is found out sooner than in production.
        start.Environment["Runs__Lease"] = "00:00:06";
        // Ports and keys of a system that the developer runs must not reach this one.
        foreach (var name in new[] { "REASONIR_API_KEY", "REASONIR_DATA", "REASONIR_ARTIFACTS", "ConnectionStrings__reasonir" })
            start.Environment.Remove(name);
        if (Chat is not null)
        {
            start.Environment["REASONIR_CHAT_ENDPOINT"] = Chat.AbsoluteUri;
            start.Environment["REASONIR_CHAT_MODEL"] = "scripted";
            // Batches are gathered and asked after sooner than in production.
            start.Environment["REASONIR_CHAT_BATCH_WAIT_SECONDS"] = "0.5";
            start.Environment["REASONIR_CHAT_BATCH_POLL_SECONDS"] = "0.1";
            start.Environment["REASONIR_CHAT_BATCH_PRICE_FACTOR"] = "0.5";
        }
        host = new Process { StartInfo = start };
        host.OutputDataReceived += (_, line) => Keep(line.Data);
        host.ErrorDataReceived += (_, line) => Keep(line.Data);
        host.Start();
        host.BeginOutputReadLine();
        host.BeginErrorReadLine();
        var portal = Path.Combine(data, "portal.json");
        var clock = Stopwatch.StartNew();
        while (!File.Exists(portal))
        {
            if (host.HasExited || clock.Elapsed > StartLimit)
                throw new InvalidOperationException($"The system did not start within {clock.Elapsed}:\n{Output()}");
            await Task.Delay(100);
        }
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(portal));
        Portal = new(json.RootElement.GetProperty("url").GetString()!);
        Resources = new(json.RootElement.GetProperty("resources_url").GetString()!);
        Client = new(new HttpClient { BaseAddress = Portal, Timeout = TimeSpan.FromMinutes(2) });
    }

    /// <summary>The last lines that the system printed, for failures.</summary>
    public string Output()
    {
        lock (output)
            return string.Join('\n', output.TakeLast(60));
    }

    /// <summary>The process of a resource.</summary>
    public async Task<int> ProcessIdAsync(string resource, CancellationToken ct) => (await ResourceAsync(resource, ct)).GetProperty("pid").GetInt32();

    /// <summary>The address of a service, which only the system's own services call as a rule.</summary>
    public async Task<Uri> AddressAsync(string resource, CancellationToken ct) => new((await ResourceAsync(resource, ct)).GetProperty("url").GetString()!);

    async Task<JsonElement> ResourceAsync(string resource, CancellationToken ct)
    {
        using var http = new HttpClient();
        using var json = JsonDocument.Parse(await http.GetStringAsync(new Uri(Resources, "resources"), ct));
        var resources = json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement : json.RootElement.GetProperty("resources");
        return resources.EnumerateArray().Single(found => found.GetProperty("name").GetString() == resource).Clone();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (host is null)
            return;
        if (!host.HasExited)
        {
            const int terminate = 15;
            Kill(host.Id, terminate);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await host.WaitForExitAsync(limit.Token);
        }
        host.Dispose();
        Directory.Delete(data, recursive: true);
    }

    void Keep(string? line)
    {
        if (line is null)
            return;
        lock (output)
            output.Add(line);
    }

    /// <summary>Sends a signal to a process.</summary>
    [DllImport("libc", EntryPoint = "kill")]
    public static extern int Kill(int pid, int signal);
}
