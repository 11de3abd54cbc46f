using System.Reflection;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using ReasonIR.Encoder.Serving;

namespace ReasonIR.Encoder.Tei;

/// <summary>What the model is and what requests may hold, with TEI's names.</summary>
public sealed record InfoResponse(
    [property: JsonPropertyName("model_id")] string ModelId,
    [property: JsonPropertyName("model_sha")] string ModelSha,
    [property: JsonPropertyName("model_dtype")] string ModelDtype,
    [property: JsonPropertyName("model_type")] object ModelType,
    [property: JsonPropertyName("max_queue_tokens")] long MaxQueueTokens,
    [property: JsonPropertyName("max_input_length")] int MaxInputLength,
    [property: JsonPropertyName("max_batch_tokens")] int MaxBatchTokens,
    [property: JsonPropertyName("max_client_batch_size")] int MaxClientBatchSize,
    [property: JsonPropertyName("auto_truncate")] bool AutoTruncate,
    int? Dimension,
    IReadOnlyDictionary<string, string>? Prompts,
    string Version);

/// <summary><c>GET /info?model=</c>.</summary>
static class InfoApi
{
    static readonly string Version = (Assembly.GetEntryAssembly() ?? typeof(InfoApi).Assembly).GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    public static async Task<Ok<InfoResponse>> InfoAsync(string? model, ModelServer models, IOptions<ServingOptions> options, CancellationToken ct)
    {
        using var lease = await models.OpenAsync(model, ct);
        var served = lease.Served;
        var texts = served as ServedEncoder;
        object type = served is ServedReranker { Encoder: var pairs }
            ? new Dictionary<string, object> { [pairs.Labels.Count == 1 ? "reranker" : "classifier"] = new { id2label = pairs.Labels.Index().ToDictionary(label => $"{label.Index}", label => label.Item) } }
            : new { embedding = new { pooling = texts!.Pooling } };
        return TypedResults.Ok(new InfoResponse(
            served.Name, served.Revision,
            served.Settings.Compute switch { "f32" => "float32", "bf16" => "bfloat16", var other => other },
            type, options.Value.QueueTokens, served.MaxTokens, served.BatchTokens, options.Value.RequestTexts, AutoTruncate: false,
            texts?.Encoder.Dimension, texts?.Encoder.Prompts, Version));
    }
}
