using System.Text.Json;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Decoders;

/// <summary>
/// Whether a token sees those after it. transformers 5 reads <c>is_causal</c> (and Gemma's <c>use_bidirectional_attention</c>) from
/// config.json; before it the direction was the word of code that the model brought along (<c>auto_map</c>).
/// </summary>
static class AttentionDirection
{
    /// <summary>Classes of such code that are known to change the direction alone, all of them to both ways.</summary>
    static readonly string[] KnownBidirectional = ["ReasonIRModel"];

    /// <exception cref="NotSupportedException">The model brings code along, which may compute anything, and the file does not state the direction.</exception>
    public static bool IsBidirectional(JsonFile json)
    {
        if (json.Boolean("is_causal") is { } causal)
            return !causal;
        if (json.Boolean("use_bidirectional_attention") == true)
            return true;
        if (json.Element("auto_map") is not { ValueKind: JsonValueKind.Object } map || !map.EnumerateObject().Any())
            return false;
        var model = map.TryGetProperty("AutoModel", out var body) && body.ValueKind == JsonValueKind.String ? body.GetString()! : "";
        return KnownBidirectional.Contains(model[(model.LastIndexOf('.') + 1)..])
            ? true
            : throw new NotSupportedException(
                $"{json.Path}: auto_map {map.GetRawText()} is not supported: the model brings code along, which is not run here. Where that code changes "
                + $"no more than the direction of attention of a '{json.Text("model_type")}', state it: is_causal true or false in config.json, or in the options of loading.");
    }
}
