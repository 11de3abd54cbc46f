using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Embeddings;

/// <summary>OpenAI's embeddings API over the registered models.</summary>
public static class EmbeddingsApi
{
    /// <summary>Adds <c>/v1/embeddings</c> and <c>/v1/models</c>.</summary>
    public static void MapEmbeddings(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/v1").WithTags("Embeddings").AddEndpointFilter<OpenAiErrors>();
        group.MapPost("/embeddings", EmbedAsync).WithName("CreateEmbeddings").WithSummary("The vectors of one text or several.");
        group.MapGet("/models", ModelsAsync).WithName("ListServedModels").WithSummary("The models that can be asked for.");
    }

    static async Task<Ok<EmbeddingsResponse>> EmbedAsync(EmbeddingsBody body, ModelServer models, IOptions<ServingOptions> options, CancellationToken ct)
    {
        var texts = body.Texts(options.Value);
        var base64 = body.IsBase64();
        using var lease = await models.OpenAsync(body.Model!, ct);
        var encoder = lease.Encoder;
        // "query" and "document" are asked for by name of every model; one without prompts encodes both alike.
        var encoding = body.PromptName is "query" or "document" ? lease.Prompt(body.PromptName) : new EncodeOptions(PromptName: body.PromptName);
        var vectors = new float[texts.Count * encoder.Dimension];
        await Task.Run(() => encoder.Encode(texts, encoding, vectors, ct), ct);
        var tokens = texts.Sum(text => encoder.CountTokens(text, encoding));
        var data = Enumerable.Range(0, texts.Count).Select(i => new EmbeddingRow(i, Value(vectors.AsMemory(i * encoder.Dimension, encoder.Dimension), base64)));
        return TypedResults.Ok(new EmbeddingsResponse([.. data], body.Model!, new(tokens, tokens)));
    }

    static async Task<Ok<ModelsResponse>> ModelsAsync(IDbContextFactory<ExperimentsDb> databases, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var models = await db.Models.AsNoTracking().OrderBy(model => model.Name).Select(model => new { model.Name, model.CreatedAt }).ToListAsync(ct);
        return TypedResults.Ok(new ModelsResponse([.. models.Select(model => new ServedModel(model.Name, model.CreatedAt.ToUnixTimeSeconds()))]));
    }

    static object Value(ReadOnlyMemory<float> vector, bool base64) =>
        base64 ? Convert.ToBase64String(MemoryMarshal.AsBytes(vector.Span)) : vector;
}
