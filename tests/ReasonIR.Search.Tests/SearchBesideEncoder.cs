using System.Net;
using System.Net.Sockets;
using ReasonIR.Contracts.Embeddings;
using ReasonIR.Contracts.Models;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests;

/// <summary>The Search service in this process, with a real Encoder beside it as a process of its own over the same database.</summary>
sealed class SearchBesideEncoder : IAsyncDisposable
{
    readonly ServiceProcess encoder;

    readonly Uri address;

    SearchBesideEncoder(ServiceUnderTest<Program> service, ServiceProcess encoder, Uri address) => (Service, this.encoder, this.address) = (service, encoder, address);

    public ServiceUnderTest<Program> Service { get; }

    public static async Task<SearchBesideEncoder> StartAsync(PostgresFixture postgres, params (string Key, string? Value)[] settings)
    {
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }
        var address = $"http://127.0.0.1:{port}";
        var service = await ServiceUnderTest<Program>.StartAsync(postgres, [("services:encoder:http:0", address), .. settings]);
        return new(service, ServiceProcess.Start("ReasonIR.Encoder", new Dictionary<string, string>
        {
            ["ConnectionStrings:reasonir"] = service.Connection, ["REASONIR_ARTIFACTS"] = service.Artifacts, ["Kestrel:Endpoints:Http:Url"] = address, ["Runs:Flush"] = "00:00:00.1",
        }), new(address));
    }

    /// <summary>Registers a model's folder.</summary>
    public async Task RegisterAsync(string name, string folder, ServingSettings? serving = null)
    {
        var run = await Service.RunAsync(new RegisterModelSpec(name, Service.UploadFolder(folder), Serving: serving));
        Assert.True(run.State == RunState.Succeeded, $"{run.Error}\n{encoder.Output}");
    }

    /// <summary>What a cross-encoder says of pairs, asked of the Encoder itself.</summary>
    public async Task<float[]> LogitsAsync(string model, string query, IReadOnlyList<string> texts)
    {
        using var http = new HttpClient { BaseAddress = address };
        return await new RerankClient(http).ScoreAsync(model, query, texts, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        encoder.Kill();
        encoder.Dispose();
        await Service.DisposeAsync();
    }
}
