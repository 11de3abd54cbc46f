using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Runs;
using ReasonIR.Encoder.Batching;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments.Models;
using ReasonIR.Models;
using ReasonIR.Models.Safetensors;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Encoder.Tests.Serving;

public sealed class ModelServerTests(PostgresFixture postgres) : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-models-");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task The_one_unused_longest_makes_room_and_never_one_in_use()
    {
        await using var service = await StartAsync(models: 3, fit: 2, ("Serving:LoadWait", "00:00:00.3"));
        var server = service.Services.GetRequiredService<ModelServer>();
        (await server.OpenAsync("b1", Token)).Dispose();
        (await server.OpenAsync("b2", Token)).Dispose();
        (await server.OpenAsync("b1", Token)).Dispose();
        (await server.OpenAsync("b3", Token)).Dispose();
        Assert.Equal(["b3", "b1"], server.Loaded.Select(model => model.Model.Name));

        using var first = await server.OpenAsync("b1", Token);
        var second = await server.OpenAsync("b2", Token);
        Assert.Equal(["b2", "b1"], server.Loaded.Select(model => model.Model.Name));
        var full = await Assert.ThrowsAsync<OverloadedException>(() => server.OpenAsync("b3", Token));
        Assert.Contains("b3", full.Message);
        Assert.All(server.Loaded, model => Assert.Equal(1, model.Users));
        var waiting = server.OpenAsync("b3", Token);
        second.Dispose();
        using var third = await waiting;
        Assert.Equal(["b3", "b1"], server.Loaded.Select(model => model.Model.Name));
        Assert.NotEmpty(first.Encoder.Encode(["still here"], cancellationToken: Token));
    }

    [Theory]
    [InlineData("cuda:99", "Serving:Device: The device 'cuda:99' is not there")]
    [InlineData("gpu", "The field Device must match")]
    public async Task A_device_that_is_not_there_is_told_at_the_start(string device, string expected)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(async () => await (await StartAsync(models: 1, fit: 1, ("Serving:Device", device))).DisposeAsync());
        Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_at_once_load_a_model_once_and_go_on_while_others_come_and_go()
    {
        await using var service = await StartAsync(models: 4, fit: 2);
        var server = service.Services.GetRequiredService<ModelServer>();
        var leases = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => server.OpenAsync("b1", Token))));
        Assert.Single(leases.Select(lease => lease.Served).Distinct());
        Array.ForEach(leases, lease => lease.Dispose());
        var random = new Random(3);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => $"b{random.Next(1, 5)}").Select(name => Task.Run(async () =>
        {
            using var lease = await server.OpenAsync(name, Token);
            Assert.Equal(name, lease.Served.Name);
            Assert.Equal(TinyBert.Dimension, lease.Encoder.Encode(["a text"], cancellationToken: Token).Length);
        })));
        Assert.All(server.Loaded, model => Assert.Equal(0, model.Users));
        Assert.True(server.Loaded.Sum(model => model.Bytes) <= server.MemoryBytes);
    }

    [Fact]
    public async Task A_model_beyond_the_whole_budget_is_refused_by_its_size()
    {
        var bert = TinyBert.Save(folder.FullName);
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres, ("Serving:MemoryBytes", "1000"));
        var upload = service.UploadFolder(bert);
        var refused = await service.RunAsync(new RegisterModelSpec("b1", upload));
        Assert.Contains("Serving:MemoryBytes", refused.Error);
        Assert.Contains("'b1'", refused.Error);
        // One that was registered where there was more memory.
        await using (var db = await service.OpenAsync())
        {
            db.Models.Add(new Model { Name = "b1", Kind = "bert", Path = $"uploads/{upload}", Revision = "r" });
            await db.SaveChangesAsync(Token);
        }
        var (status, body, _) = await ServingFixture.PostAsync(service.Http, "/v1/embeddings", new { model = "b1", input = "x" });
        Assert.Equal(400, status);
        Assert.Contains("Serving:MemoryBytes", body.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_models_own_settings_decide_how_it_is_served()
    {
        await using var service = await StartAsync(models: 1, fit: 10);
        await using (var db = await service.OpenAsync())
            await db.Models.ExecuteUpdateAsync(set => set.SetProperty(model => model.Metadata, """{"serving":{"compute":"bf16","maxTokens":10,"instruction":"do {instruction}: "}}"""), Token);
        service.Services.GetRequiredService<ModelCatalog>().Forget();
        var server = service.Services.GetRequiredService<ModelServer>();
        using var lease = await server.OpenAsync("b1", Token);
        Assert.Equal(("bf16", 10), (lease.Encoder.Description.Type, lease.Served.MaxTokens));
        using var library = ModelFolder.Open(Path.Combine(folder.FullName, "bert-1"));
        var (_, body, _) = await ServingFixture.PostAsync(service.Http, "/v1/embeddings", new { model = "b1", input = "a b c d e f g h i j k", instruction = "x" });
        Assert.Equal(10, body.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        var expected = library.Encode(["do x: a b c d e f g h i j k"], new(MaxTokens: 10), Token);
        var found = OpenAi.EmbeddingsApiTests.Vectors(body)[0];
        Assert.InRange(expected.Zip(found).Sum(pair => pair.First * pair.Second), 0.99, 1.001);
        Assert.NotEqual(expected, found);
    }

    [Fact]
    public async Task Vectors_that_are_not_finite_are_refused_in_the_shape_of_each_API()
    {
        await using var service = await StartAsync(models: 1, fit: 10);
        await using var db = await service.OpenAsync();
        var row = await db.Models.SingleAsync(Token);
        // Registering refuses such a model; later its file may be damaged, or a type of few bits overflow at some text.
        var path = Path.Combine(service.Artifacts, row.Path, "model.safetensors");
        List<TensorToWrite> tensors;
        using (var file = SafetensorsFile.Open(path))
            tensors = [.. file.Tensors.Values.Select(tensor => TensorToWrite.Floats(
                tensor.Name, Array.ConvertAll(file.ReadFloats(tensor.Name), value => tensor.Name.EndsWith("LayerNorm.bias", StringComparison.Ordinal) ? float.NaN : value), tensor.Shape))];
        SafetensorsWriter.Save(path, tensors);
        service.Services.GetRequiredService<ModelServer>().Unload(row.Revision);
        var (status, body, _) = await ServingFixture.PostAsync(service.Http, "/v1/embeddings", new { model = "b1", input = new[] { "x", "y" } });
        Assert.Equal(400, status);
        Assert.Contains("input[0] a vector with values that are not finite", body.GetProperty("error").GetProperty("message").GetString());
        foreach (var address in new[] { "/embed", "/embed_all" })
        {
            var tei = await ServingFixture.PostAsync(service.Http, address, new { model = "b1", inputs = "x" });
            Assert.Equal((424, "backend"), (tei.Status, tei.Body.GetProperty("error_type").GetString()));
        }
        // From before the handlers, in TEI's shape too.
        using var wrong = await service.Http.GetAsync("/predict", Token);
        Assert.Equal(405, (int)wrong.StatusCode);
        Assert.Contains("error_type", await wrong.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Named_models_are_loaded_at_the_start_and_a_broken_one_keeps_nobody()
    {
        await using var service = await StartAsync(models: 1, fit: 10);
        await using var db = await service.OpenAsync();
        var row = await db.Models.SingleAsync(Token);
        db.Models.Add(new Model { Name = "broken", Kind = "bert", Path = "models/nowhere" });
        await db.SaveChangesAsync(Token);
        var server = service.Services.GetRequiredService<ModelServer>();
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => server.OpenAsync("broken", Token));
        Assert.Empty(server.Loaded);
        var preloading = ActivatorUtilities.CreateInstance<Preloading>(service.Services, Microsoft.Extensions.Options.Options.Create(new ServingOptions { Preload = ["broken", row.Name] }));
        await preloading.StartAsync(Token);
        await preloading.ExecuteTask!;
        Assert.Equal(["b1"], server.Loaded.Select(model => model.Model.Name));
    }

    async Task<ServiceUnderTest<Program>> StartAsync(int models, int fit, params (string, string?)[] settings)
    {
        var folders = Enumerable.Range(1, models).Select(seed => TinyBert.Save(folder.FullName, seed: seed)).ToList();
        var bytes = ModelFolder.WeightBytes(folders[0]);
        var service = await ServiceUnderTest<Program>.StartAsync(postgres, [("Serving:MemoryBytes", (bytes * fit + bytes / 2).ToString(CultureInfo.InvariantCulture)), .. settings]);
        foreach (var (i, path) in folders.Index())
            await ServingFixture.RegisterAsync(service, $"b{i + 1}", path);
        return service;
    }
}
