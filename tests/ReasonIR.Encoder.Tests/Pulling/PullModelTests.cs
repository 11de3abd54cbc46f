using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Encoder.Tests.OpenAi;
using ReasonIR.Experiments.Runs;
using ReasonIR.Models;
using ReasonIR.Models.Transformers;
using ReasonIR.Testing;
using ReasonIR.Testing.Hub;
using ReasonIR.Testing.Services;

namespace ReasonIR.Encoder.Tests.Pulling;

public sealed class PullModelTests(PostgresFixture postgres) : IAsyncLifetime
{
    const string Commit = "0123456789abcdef0123456789abcdef01234567", Later = "fedcba9876543210fedcba9876543210fedcba98";

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-pull-");
    HubServer hub = null!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => hub = await HubServer.StartAsync(Token);

    public async ValueTask DisposeAsync()
    {
        await hub.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_pulled_model_is_served_and_knows_where_it_came_from()
    {
        var bert = TinyBert.Save(folder.FullName);
        hub.Repositories["org/tiny-bert"] = new() { Commit = Commit, Files = TinyBert.Files(bert), License = "apache-2.0" };
        hub.Fail("model.safetensors", new HubFault.Dropped(5000), new HubFault.Busy());
        await using var service = await StartAsync();
        var run = await service.RunAsync(new PullModelSpec("org/tiny-bert", Serving: new(MaxTokens: 20)));
        Assert.True(run.State == RunState.Succeeded, run.Error);
        Assert.Equal(new("tiny-bert", "bert", TinyBert.Dimension, run.ReadOutput<RegisteredModel>()!.Revision, run.ReadOutput<RegisteredModel>()!.Bytes, Commit, "apache-2.0"), run.ReadOutput<RegisteredModel>());
        await using (var db = await service.OpenAsync())
        {
            var row = await db.Models.SingleAsync(Token);
            using var metadata = JsonDocument.Parse(row.Metadata);
            Assert.Equal(("org/tiny-bert", Commit, 20), (metadata.RootElement.GetProperty("source").GetProperty("repository").GetString(),
                metadata.RootElement.GetProperty("source").GetProperty("commit").GetString(), metadata.RootElement.GetProperty("serving").GetProperty("maxTokens").GetInt32()));
            Assert.Contains(await db.RunLogs.Where(line => line.RunId == run.Id).Select(line => line.Message).ToListAsync(Token), line => line.Contains("model.safetensors") && line.Contains("checked"));
        }
        await AssertServesAsync(service, "tiny-bert", bert);
        Assert.Empty(Directory.GetDirectories(Path.Combine(service.Artifacts, "models"), "*.tmp"));
    }

    [Fact]
    public async Task A_later_commit_takes_the_place_and_the_same_one_is_not_downloaded_again()
    {
        var (first, second) = (TinyBert.Save(folder.FullName), TinyBert.Save(folder.FullName, seed: 2));
        hub.Repositories["org/m"] = new() { Commit = Commit, Files = TinyBert.Files(first) };
        await using var service = await StartAsync();
        await service.MakeAsync<RegisteredModel>(new PullModelSpec("org/m", "m"));
        var asked = hub.Requests.Count;
        await service.MakeAsync<RegisteredModel>(new PullModelSpec("org/m@" + Commit, "n"));
        Assert.DoesNotContain(hub.Requests.Skip(asked), request => request.Storage);
        hub.Repositories["org/m"] = new() { Commit = Later, Files = TinyBert.Files(second) };
        await service.MakeAsync<RegisteredModel>(new PullModelSpec("org/m", "m"));
        await AssertServesAsync(service, "m", second);
        await AssertServesAsync(service, "n", first);
    }

    [Fact]
    public async Task A_resumed_run_stays_with_its_commit_and_its_bytes()
    {
        var bert = TinyBert.Save(folder.FullName);
        hub.Repositories["org/m"] = new() { Commit = Commit, Files = TinyBert.Files(bert) };
        hub.Fail("model.safetensors", new HubFault.Dropped(4000), new HubFault.Corrupt(), new HubFault.Corrupt());
        await using var service = await StartAsync();
        var failed = await service.RunAsync(new PullModelSpec("org/m"));
        Assert.Equal(RunState.Failed, failed.State);
        Assert.Contains("SHA-256", failed.Error);
        // The branch has moved meanwhile; the commit is still there under its own name.
        hub.Repositories["org/m"] = new() { Commit = Commit, Revisions = ["old"], Files = TinyBert.Files(bert) };
        await service.Queue.ResumeAsync(failed.Id, Token);
        var resumed = await service.Queue.WaitAsync(failed.Id, Token);
        Assert.True(resumed.State == RunState.Succeeded, resumed.Error);
        Assert.Single(hub.Requests, request => request.Path.EndsWith($"{Commit}/tokenizer.json", StringComparison.Ordinal) && !request.Storage);
    }

    [Fact]
    public async Task An_adapter_brings_its_base_along()
    {
        var bert = TinyBert.Save(folder.FullName);
        var adapter = TinyBert.SaveAdapter(folder.FullName, bert, "org/tiny-bert");
        hub.Repositories["org/tiny-bert"] = new() { Commit = Commit, Files = TinyBert.Files(bert) };
        hub.Repositories["some/adapter"] = new() { Commit = Later, Files = TinyBert.Files(adapter) };
        await using var service = await StartAsync();
        await service.MakeAsync<RegisteredModel>(new PullModelSpec("some/adapter"));
        await service.MakeAsync<RegisteredModel>(new PullModelSpec("some/adapter", "again"));
        using var adapted = ModelFolder.Open(bert, new ModelOptions(Adapter: adapter));
        using var plain = ModelFolder.Open(bert);
        var expected = adapted.Encode(["moon"], cancellationToken: Token);
        Assert.NotEqual(plain.Encode(["moon"], cancellationToken: Token)[0], expected[0], 1e-3);
        foreach (var name in new[] { "adapter", "again" })
            EmbeddingsApiTests.AssertClose(expected, await EmbedAsync(service, name));

        // The same adapter from a folder, with a registered base.
        await ServingFixture.RegisterAsync(service, "base", bert);
        var alone = await service.RunAsync(new RegisterModelSpec("uploaded", service.UploadFolder(adapter)));
        Assert.Contains("base:", alone.Error);
        await service.MakeAsync<RegisteredModel>(new RegisterModelSpec("uploaded", service.UploadFolder(adapter), Base: "base"));
        EmbeddingsApiTests.AssertClose(expected, await EmbedAsync(service, "uploaded"));
    }

    [Fact]
    public async Task Refusals_reach_the_user()
    {
        hub.Repositories["org/pickled"] = new() { Commit = Commit, Files = new Dictionary<string, byte[]> { ["config.json"] = """{"model_type":"bert"}"""u8.ToArray(), ["pytorch_model.bin"] = new byte[10] } };
        hub.Repositories["org/mamba"] = new() { Commit = Commit, Files = new Dictionary<string, byte[]> { ["config.json"] = """{"model_type":"mamba"}"""u8.ToArray(), ["model.safetensors"] = new byte[2000] } };
        await using var service = await StartAsync();
        Assert.Contains("pytorch_model.bin", (await service.RunAsync(new PullModelSpec("org/pickled"))).Error);
        Assert.Contains("'mamba' are not supported", (await service.RunAsync(new PullModelSpec("org/mamba"))).Error);
        Assert.DoesNotContain(hub.Requests, request => request.Path.Contains("mamba") && request.Path.EndsWith("model.safetensors", StringComparison.Ordinal));
        Assert.Contains("org/ghost", (await service.RunAsync(new PullModelSpec("org/ghost"))).Error);
        await using var unset = await ServiceUnderTest<Program>.StartAsync(postgres);
        Assert.Contains("HF_ENDPOINT", (await unset.RunAsync(new PullModelSpec("org/m"))).Error);
    }

    Task<ServiceUnderTest<Program>> StartAsync() => ServiceUnderTest<Program>.StartAsync(postgres, ("HF_ENDPOINT", hub.Endpoint.ToString()), ("Hub:FirstPause", "00:00:00.01"), ("Hub:KeepFreeBytes", "0"));

    static async Task AssertServesAsync(ServiceUnderTest<Program> service, string name, string folder)
    {
        using var library = ModelFolder.Open(folder);
        EmbeddingsApiTests.AssertClose(library.Encode(["moon"], cancellationToken: Token), await EmbedAsync(service, name));
    }

    static async Task<float[]> EmbedAsync(ServiceUnderTest<Program> service, string name)
    {
        var (status, body, _) = await ServingFixture.PostAsync(service.Http, "/v1/embeddings", new { model = name, input = "moon" });
        Assert.True(status == 200, body.ToString());
        return EmbeddingsApiTests.Vectors(body)[0];
    }
}
