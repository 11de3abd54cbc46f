using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using ReasonIR.Contracts.Embeddings;
using ReasonIR.Encoder.Requests;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments.Models;

namespace ReasonIR.Encoder.OpenAi;

/// <summary>OpenAI's embeddings API over the registered models.</summary>
public static class EmbeddingsApi
{
    /// <summary>Characters of the header that tells the prompt; clients take 64 KiB of headers at most.</summary>
    const int MostPromptHeader = 32_768;

    /// <summary>Adds <c>/v1/embeddings</c> and <c>/v1/models</c>.</summary>
    public static void MapOpenAi(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/v1").WithTags("OpenAI").WithErrors(OpenAiErrors.Shape);
        group.MapPost("/embeddings", EmbedAsync).WithName("CreateEmbeddings").WithSummary("The vectors of one text or several.");
        group.MapGet("/models", ListAsync).WithName("ListServedModels").WithSummary("The models that can be asked for.");
        group.MapGet("/models/{id}", GetAsync).WithName("GetServedModel").WithSummary("One of them.");
    }

    static async Task<EmbeddingsResult> EmbedAsync(HttpRequest http, ModelServer models, TextEncoding encoding, IOptions<ServingOptions> options, CancellationToken ct)
    {
        using var body = await RequestBody.ReadAsync(http, ct);
        var request = EncodeRequest.OfOpenAi(body, options.Value);
        _ = request.Inputs; // what is missing is said before a model is loaded for it
        using var lease = await models.OpenAsync(request.Model, ct);
        http.HttpContext.Response.Headers[EmbeddingsClient.RevisionHeader] = lease.Model.Revision;
        if (request.Instruction is not null && Uri.EscapeDataString(lease.Encoder.PromptText(request.Options(lease))) is { Length: <= MostPromptHeader } prompt)
            http.HttpContext.Response.Headers[EmbeddingsClient.PromptHeader] = prompt;
        return new(await encoding.EncodeAsync(lease, request, ct), request.Model!, request.Base64);
    }

    static async Task<Ok<ModelsResponse>> ListAsync(ModelCatalog catalog, CancellationToken ct) =>
        TypedResults.Ok(new ModelsResponse([.. (await catalog.ListAsync(ct)).Select(Describe)]));

    static async Task<Ok<ModelResponse>> GetAsync(string id, ModelCatalog catalog, CancellationToken ct) => TypedResults.Ok(Describe(await catalog.FindAsync(id, ct)));

    static ModelResponse Describe(Model model) => new(model.Name, model.CreatedAt.ToUnixTimeSeconds());
}

/// <summary>The models that can be asked for.</summary>
public sealed record ModelsResponse(IReadOnlyList<ModelResponse> Data)
{
    /// <summary>Always <c>list</c>.</summary>
    public string Object => "list";
}

/// <summary>A model.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Created">Seconds since 1970.</param>
public sealed record ModelResponse(string Id, long Created)
{
    /// <summary>Always <c>model</c>.</summary>
    public string Object => "model";

    /// <summary>Who serves it.</summary>
    [JsonPropertyName("owned_by")]
    public string OwnedBy => "reasonir";
}
