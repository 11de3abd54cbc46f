using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Models;

/// <summary>How a model is to be served, where it is not as the Encoder service serves all of them. Kept with the model.</summary>
/// <param name="Compute">Type of computation: <c>f32</c> or <c>bf16</c>.</param>
/// <param name="Stored">Type of the weights in memory; null: that of the computation.</param>
/// <param name="Bidirectional">Whether a token sees those after it; null: as config.json says.</param>
/// <param name="MaxTokens">Longer texts are cut here; null: where the model itself cuts.</param>
/// <param name="Instruction">How an instruction becomes a prompt: a text with <c>{instruction}</c> in it, e.g. <c>&lt;|user|&gt;\n{instruction}\n&lt;|embed|&gt;\n</c>.</param>
public sealed record ServingSettings(string? Compute = null, string? Stored = null, bool? Bidirectional = null, int? MaxTokens = null, string? Instruction = null)
{
    /// <summary>Its field in a model's metadata.</summary>
    public const string Field = "serving";

    /// <summary>What stands for the instruction in <see cref="Instruction"/>.</summary>
    public const string Slot = "{instruction}";

    /// <summary>Every problem, each naming its field.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. Compute is null ? [] : SpecChecks.OneOf("serving.compute", Compute, "f32", "bf16"),
        .. Stored is null ? [] : SpecChecks.OneOf("serving.stored", Stored, "f32", "bf16"),
        .. SpecChecks.Range("serving.maxTokens", MaxTokens, 4, 1_000_000),
        .. Instruction is null || Instruction.Contains(Slot) ? [] : new[] { $"serving.instruction: expected {Slot} in it, found '{Instruction}'." },
    ];
}
