using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Embeddings;
using OpenAI.Models;
using ReasonIR.Models;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Encoder.Tests.OpenAi;

/// <summary>The official client, as its users set it up for another server.</summary>
public sealed class OfficialClientTests(PostgresFixture postgres) : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-official-");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task It_embeds_lists_models_and_reads_errors()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres, ("REASONIR_API_KEY", "the-key"));
        var bert = TinyBert.Save(folder.FullName);
        using var library = ModelFolder.Open(bert);
        await ServingFixture.RegisterAsync(service, "bert", bert);
        var client = Client(service, "the-key");

        var embeddings = client.GetEmbeddingClient("bert");
        var answer = (await embeddings.GenerateEmbeddingsAsync(["moon", "sea salt"], cancellationToken: Token)).Value;
        EmbeddingsApiTests.AssertClose(library.Encode(["moon", "sea salt"], cancellationToken: Token), answer.SelectMany(one => one.ToFloats().ToArray()));
        Assert.Equal(library.CountTokens("moon") + library.CountTokens("sea salt"), answer.Usage.InputTokenCount);
        var shorter = (await embeddings.GenerateEmbeddingAsync("moon", new EmbeddingGenerationOptions { Dimensions = 4 }, Token)).Value;
        Assert.Equal(4, shorter.ToFloats().Length);

        Assert.Equal("bert", Assert.Single((await client.GetOpenAIModelClient().GetModelsAsync(Token)).Value).Id);
        Assert.Equal("bert", ((OpenAIModel)await client.GetOpenAIModelClient().GetModelAsync("bert", Token)).Id);

        var absent = await Assert.ThrowsAsync<ClientResultException>(() => client.GetEmbeddingClient("ghost").GenerateEmbeddingAsync("moon", cancellationToken: Token));
        Assert.Equal(404, absent.Status);
        Assert.Contains("model_not_found", absent.Message);
        var wrong = await Assert.ThrowsAsync<ClientResultException>(() => Client(service, "another").GetEmbeddingClient("bert").GenerateEmbeddingAsync("moon", cancellationToken: Token));
        Assert.Equal(401, wrong.Status);
        Assert.Contains("invalid_api_key", wrong.Message);
    }

    static OpenAIClient Client(ServiceUnderTest<Program> service, string key) => new(new ApiKeyCredential(key), new OpenAIClientOptions
    {
        Endpoint = new Uri(service.Http.BaseAddress!, "v1"),
        Transport = new HttpClientPipelineTransport(service.Http),
        RetryPolicy = new ClientRetryPolicy(0),
    });
}
