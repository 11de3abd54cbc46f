using System.Text;
using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.Models;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Encoder.Tests;

/// <summary>One service with two models for the tests of its APIs: <c>tiny</c> (static, two dimensions) and <c>bert</c> (with prompts).</summary>
public sealed class ServingFixture(PostgresFixture postgres) : IAsyncLifetime
{
    public static IReadOnlyDictionary<string, string> Prompts { get; } = new Dictionary<string, string>
    {
        ["query"] = "Instruct: find it\nQuery: ",
        ["document"] = "d: ",
    };

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-serving-");

    public ServiceUnderTest<Program> Service { get; private set; } = null!;

    /// <summary>The model <c>bert</c> as the library opens it, to compare with.</summary>
    public ITextEncoder Bert { get; private set; } = null!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var bert = TinyBert.Save(folder.FullName, Prompts);
        Bert = ModelFolder.Open(bert);
        Service = await ServiceUnderTest<Program>.StartAsync(postgres, ("Serving:DefaultModel", "bert"));
        await RegisterAsync(Service, "tiny", TinyModel.Save(folder.FullName));
        await RegisterAsync(Service, "bert", bert);
    }

    public static async Task RegisterAsync(ServiceUnderTest<Program> service, string name, string folder)
    {
        var run = await service.RunAsync(new RegisterModelSpec(name, service.UploadFolder(folder)));
        Assert.True(run.State == RunState.Succeeded, run.Error);
    }

    /// <summary>Posts JSON and reads JSON.</summary>
    public Task<(int Status, JsonElement Body, HttpResponseMessage Response)> PostAsync(string path, object body) => PostAsync(Service.Http, path, body);

    public static async Task<(int Status, JsonElement Body, HttpResponseMessage Response)> PostAsync(HttpClient http, string path, object body)
    {
        var json = body as string ?? JsonSerializer.Serialize(body);
        var response = await http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"), Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        return ((int)response.StatusCode, text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text), response);
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        Bert.Dispose();
        folder.Delete(recursive: true);
    }
}
