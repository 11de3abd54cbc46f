using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>How a model folder is loaded. The defaults give what the folder's own configuration says, in f32.</summary>
/// <param name="Compute">Type in which activations flow: f32, bf16 or f16. Norms accumulate in f32 and pooling is f32 whatever it is.</param>
/// <param name="Stored">Type of the weights in memory. f32 beside <c>bf16</c> compute is mixed precision; <c>bf16</c> in both is pure bf16.</param>
/// <param name="Bidirectional">Whether a token sees those after it; null: as config.json says.</param>
/// <param name="Adapter">A PEFT folder with a LoRA adapter to run beside the weights; null: none.</param>
/// <param name="Checkpointing">Keep only the input of each layer for the backward pass and compute the rest again.</param>
/// <param name="Device">Where the weights lie; null: the CPU.</param>
public sealed record ModelOptions(
    ScalarType Compute = ScalarType.Float32, ScalarType Stored = ScalarType.Float32, bool? Bidirectional = null, string? Adapter = null,
    bool Checkpointing = false, Device? Device = null)
{
    public static ModelOptions Default { get; } = new();

    /// <summary>How the parameters are allocated.</summary>
    internal WeightStorage Storage => new(Stored, Device);
}

/// <summary>Element type and place of a module's parameters.</summary>
public sealed record WeightStorage(ScalarType Type = ScalarType.Float32, Device? Device = null)
{
    public static WeightStorage Default { get; } = new();
}
