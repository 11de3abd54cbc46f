using System.Text.Json.Serialization;

namespace ReasonIR.Encoder.Embeddings;

/// <summary>OpenAI's answer.</summary>
/// <param name="Data">A row a text, in order.</param>
/// <param name="Model">The model asked for.</param>
/// <param name="Usage">Tokens read.</param>
public sealed record EmbeddingsResponse(IReadOnlyList<EmbeddingRow> Data, string Model, EmbeddingsUsage Usage)
{
    /// <summary>Always <c>list</c>.</summary>
    public string Object => "list";
}

/// <summary>A text's vector.</summary>
/// <param name="Index">The text's place in the request.</param>
/// <param name="Embedding">An array of numbers, or base64 of little-endian f32.</param>
public sealed record EmbeddingRow(int Index, object Embedding)
{
    /// <summary>Always <c>embedding</c>.</summary>
    public string Object => "embedding";
}

/// <summary>Tokens read.</summary>
public sealed record EmbeddingsUsage([property: JsonPropertyName("prompt_tokens")] int PromptTokens, [property: JsonPropertyName("total_tokens")] int TotalTokens);

/// <summary>The models that can be asked for.</summary>
public sealed record ModelsResponse(IReadOnlyList<ServedModel> Data)
{
    /// <summary>Always <c>list</c>.</summary>
    public string Object => "list";
}

/// <summary>A model.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Created">Seconds since 1970.</param>
public sealed record ServedModel(string Id, long Created)
{
    /// <summary>Always <c>model</c>.</summary>
    public string Object => "model";

    /// <summary>Who serves it.</summary>
    [JsonPropertyName("owned_by")]
    public string OwnedBy => "reasonir";
}
