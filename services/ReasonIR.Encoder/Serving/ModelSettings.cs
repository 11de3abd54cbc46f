using System.Text.Json;
using ReasonIR.Contracts.Models;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Models.Transformers;
using TorchSharp;

namespace ReasonIR.Encoder.Serving;

/// <summary>How one model is served: its own settings (in the row's metadata, under <c>serving</c>), and the service's where it has none.</summary>
/// <param name="Compute">Type of computation: <c>f32</c> or <c>bf16</c>.</param>
/// <param name="Stored">Type of the weights in memory.</param>
/// <param name="Bidirectional">Whether a token sees those after it; null: as config.json says.</param>
/// <param name="MaxTokens">A limit below the model's own; null: its own.</param>
/// <param name="Instruction">How an instruction becomes a prompt, with <c>{instruction}</c> in it; null: the model takes none.</param>
public sealed record ModelSettings(string Compute, string Stored, bool? Bidirectional, int? MaxTokens, string? Instruction)
{
    /// <summary>From a model row's metadata.</summary>
    public static ModelSettings Read(string metadata, ServingOptions options)
    {
        using var json = JsonDocument.Parse(metadata);
        var own = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(ServingSettings.Field, out var serving)
            ? serving.Deserialize<ServingSettings>(ReasonIrJson.Web) : null;
        var compute = own?.Compute ?? options.Compute;
        return new(compute, own?.Stored ?? compute, own?.Bidirectional, own?.MaxTokens, own?.Instruction);
    }

    /// <summary>What of it the vectors depend on, and which copy in memory is meant.</summary>
    public string Key => $"{Compute}/{Stored}/{(Bidirectional is { } both ? both ? "both" : "causal" : "own")}";

    /// <summary>What the loader takes.</summary>
    public ModelOptions Options => new(Type(Compute), Type(Stored), Bidirectional);

    static torch.ScalarType Type(string name) => name switch
    {
        "f32" => torch.ScalarType.Float32,
        "bf16" => torch.ScalarType.BFloat16,
        _ => throw new InvalidDataException($"serving: '{name}' is no type of computation; f32 and bf16 are."),
    };
}
