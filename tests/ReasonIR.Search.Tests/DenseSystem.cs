using System.Net;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Encoder.Tests;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests;

/// <summary>The service with a real Encoder beside it, a corpus "c" and a model "tiny" of four words.</summary>
sealed record DenseSystem(ServiceUnderTest<Program> Service, ServiceProcess Encoder) : IAsyncDisposable
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="folder">Where the model is written.</param>
    public static async Task<DenseSystem> StartAsync(PostgresFixture postgres, DirectoryInfo folder, params (string Key, string? Value)[] settings)
    {
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }
        var address = $"http://127.0.0.1:{port}";
        var service = await ServiceUnderTest<Program>.StartAsync(postgres, [("services:encoder:http:0", address), .. settings]);
        var encoder = ServiceProcess.Start("ReasonIR.Encoder", new Dictionary<string, string>
        {
            ["ConnectionStrings:reasonir"] = service.Connection, ["REASONIR_ARTIFACTS"] = service.Artifacts, ["Kestrel:Endpoints:Http:Url"] = address, ["Runs:Flush"] = "00:00:00.1",
        });
        var run = await service.RunAsync(new RegisterModelSpec("tiny", service.UploadFolder(TinyModel.Save(folder.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName))));
        Assert.True(run.State == RunState.Succeeded, $"{run.Error}\n{encoder.Output}");
        return new(service, encoder);
    }

    /// <summary>These and no others become the corpus.</summary>
    public async Task ImportAsync(params DocumentInput[] documents)
    {
        await using var db = await Service.OpenAsync();
        var corpus = await db.Corpora.SingleOrDefaultAsync(row => row.Name == "c", Token);
        if (corpus is null)
        {
            db.Corpora.Add(corpus = new Corpus { Name = "c" });
            await db.SaveChangesAsync(Token);
        }
        await Service.Services.GetRequiredService<DocumentStore>().ImportAsync(corpus.Id, documents.ToAsyncEnumerable(), replace: true, cancellation: Token);
    }

    /// <summary>What the last encode run encoded.</summary>
    public async Task<long?> EncodedAsync()
    {
        await using var db = await Service.OpenAsync();
        return (await db.Runs.AsNoTracking().Where(row => row.Kind == RunKinds.Encode).OrderByDescending(row => row.Id).FirstAsync(Token)).ReadOutput<EncodeOutput>()!.Encoded;
    }

    public async Task<IReadOnlyList<SearchHit>> SearchAsync(string query, params SearchCondition[] filter) => await SearchAsync(new SystemSpec("dense", "dense", "tiny"), query, filter);

    public async Task<IReadOnlyList<SearchHit>> SearchAsync(SystemSpec system, string query, params SearchCondition[] filter) =>
        (await new SearchClient(Service.Http).SearchAsync(new("c", query, system, Filter: filter), Token)).Hits;

    public async ValueTask DisposeAsync()
    {
        Encoder.Kill();
        Encoder.Dispose();
        await Service.DisposeAsync();
    }
}
