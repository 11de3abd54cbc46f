using System.Text.Json;
using System.Text.Json.Serialization;
using ReasonIR.Encoder.Serving;

namespace ReasonIR.Encoder.Embeddings;

/// <summary>The request: OpenAI's fields, and the name of a prompt beside them.</summary>
/// <param name="Model">A registered model.</param>
/// <param name="Input">A text or an array of texts.</param>
/// <param name="EncodingFormat"><c>float</c> (default) or <c>base64</c>: little-endian f32.</param>
/// <param name="Dimensions">Refused: no model here was trained to be shortened.</param>
/// <param name="PromptName">A prompt of the model; null: its default.</param>
/// <param name="User">Accepted and ignored, as clients send it.</param>
public sealed record EmbeddingsBody(
    string? Model = null,
    JsonElement Input = default,
    [property: JsonPropertyName("encoding_format")] string? EncodingFormat = null,
    int? Dimensions = null,
    [property: JsonPropertyName("prompt_name")] string? PromptName = null,
    string? User = null)
{
    /// <summary>The texts, checked.</summary>
    /// <exception cref="RequestException">Names the field and what was expected.</exception>
    public IReadOnlyList<string> Texts(ServingOptions options)
    {
        if (string.IsNullOrEmpty(Model))
            throw new RequestException("model", "expected the name of a registered model.");
        if (Dimensions is not null)
            throw new RequestException("dimensions", "this server does not shorten vectors; leave it out.");
        IReadOnlyList<string> texts = Input.ValueKind switch
        {
            JsonValueKind.String => [Input.GetString()!],
            JsonValueKind.Array when Input.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) => [.. Input.EnumerateArray().Select(item => item.GetString()!)],
            _ => throw new RequestException("input", "expected a string or an array of strings."),
        };
        if (texts.Count == 0 || texts.Count > options.RequestTexts)
            throw new RequestException("input", $"expected 1 to {options.RequestTexts:N0} texts, found {texts.Count:N0}.");
        for (var i = 0; i < texts.Count; i++)
            if (texts[i].Length > options.TextCharacters)
                throw new RequestException($"input[{i}]", $"expected {options.TextCharacters:N0} characters at most, found {texts[i].Length:N0}.");
        return texts;
    }

    /// <summary>Whether vectors go out as base64.</summary>
    /// <exception cref="RequestException">The format is unknown.</exception>
    public bool IsBase64() => EncodingFormat switch
    {
        null or "float" => false,
        "base64" => true,
        _ => throw new RequestException("encoding_format", $"expected float or base64, found '{EncodingFormat}'."),
    };
}

/// <summary>A field of a request is not what it should be.</summary>
/// <param name="field">The field.</param>
/// <param name="expected">What was expected.</param>
public sealed class RequestException(string field, string expected) : Exception($"{field}: {expected}")
{
    /// <summary>The field.</summary>
    public string Field { get; } = field;
}
