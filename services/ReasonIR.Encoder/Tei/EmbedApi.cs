using System.Text.Json;
using Microsoft.Extensions.Options;
using ReasonIR.Encoder.OpenAi;
using ReasonIR.Encoder.Requests;
using ReasonIR.Encoder.Serving;

namespace ReasonIR.Encoder.Tei;

/// <summary>The API of text-embeddings-inference over the registered models; <c>model</c> in a request names one of several.</summary>
public static class EmbedApi
{
    /// <summary>Adds <c>/embed</c>, <c>/embed_all</c>, <c>/tokenize</c>, <c>/predict</c> and <c>/info</c>.</summary>
    public static void MapTei(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("").WithTags("Text embeddings inference").WithErrors(TeiErrors.Shape);
        group.MapPost("/embed", EmbedAsync).WithName("Embed").WithSummary("A vector for each input.");
        group.MapPost("/embed_all", EmbedAllAsync).WithName("EmbedAll").WithSummary("A vector for each token of each input, before pooling.");
        group.MapPost("/tokenize", TokenizeApi.TokenizeAsync).WithName("Tokenize").WithSummary("The tokens of each input.");
        group.MapPost("/predict", PredictApi.PredictAsync).WithName("Predict").WithSummary("What a classifier says of texts, or of pairs of texts.");
        group.MapGet("/info", InfoApi.InfoAsync).WithName("GetInfo").WithSummary("What the model is and what requests may hold.");
    }

    static async Task<IResult> EmbedAsync(HttpRequest http, ModelServer models, TextEncoding encoding, IOptions<ServingOptions> options, CancellationToken ct)
    {
        using var body = await RequestBody.ReadAsync(http, ct);
        var request = EncodeRequest.OfTei(body, options.Value);
        _ = request.Inputs;
        using var lease = await models.OpenAsync(request.Model, ct);
        return new VectorsResult(await encoding.EncodeAsync(lease, request, ct));
    }

    static async Task<IResult> EmbedAllAsync(HttpRequest http, ModelServer models, TextEncoding encoding, IOptions<ServingOptions> options, CancellationToken ct)
    {
        using var body = await RequestBody.ReadAsync(http, ct);
        var request = EncodeRequest.OfTei(body, options.Value);
        _ = request.Inputs;
        using var lease = await models.OpenAsync(request.Model, ct);
        var texts = encoding.Tokenize(lease, request, ct);
        var most = options.Value.TokenVectorBytes / sizeof(float) / lease.Encoder.TokenDimension;
        if (texts.Sum(text => (long)text.Ids.Length) is var tokens && tokens > most)
            throw new RequestException(request.InputField, $"expected {most:N0} tokens in all texts at most, since each becomes a vector; found {tokens:N0}.", RequestErrorKind.Exceeds);
        var vectors = new List<float[]>(texts.Count);
        // One text at a time: it takes turns with batches, and what is held is one request's answer.
        foreach (var text in texts)
            vectors.Add(await Task.Run(() => lease.Encoder.EncodeTokens(text), ct));
        if (vectors.Exists(vector => Array.Exists(vector, value => !float.IsFinite(value))))
            throw new InvalidDataException($"Model '{lease.Model.Name}' gives vectors with values that are not finite.");
        return new TokenVectorsResult(vectors, lease.Encoder.TokenDimension);
    }
}

/// <summary>An array of vectors, written straight into the response.</summary>
sealed class VectorsResult(EncodedTexts vectors) : IResult
{
    const int FlushBytes = 1 << 16;

    public async Task ExecuteAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter);
        json.WriteStartArray();
        for (var i = 0; i < vectors.Count; i++)
        {
            json.WriteVector(vectors[i].Span);
            if (json.BytesPending < FlushBytes)
                continue;
            json.Flush();
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }
        json.WriteEndArray();
        json.Flush();
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }
}

/// <summary>An array for each input of a vector for each token.</summary>
sealed class TokenVectorsResult(IReadOnlyList<float[]> texts, int dimension) : IResult
{
    public async Task ExecuteAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter);
        json.WriteStartArray();
        foreach (var text in texts)
        {
            json.WriteStartArray();
            for (var at = 0; at < text.Length; at += dimension)
                json.WriteVector(text.AsSpan(at, dimension));
            json.WriteEndArray();
            json.Flush();
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }
        json.WriteEndArray();
        json.Flush();
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }
}
