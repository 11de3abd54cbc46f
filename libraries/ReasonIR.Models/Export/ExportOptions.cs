using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Export;

/// <summary>How a model is written.</summary>
/// <param name="Type">Element type of the weights: f32, bf16 or f16; null: as they are held.</param>
/// <param name="MaxShardBytes">Bytes of weights in one file.</param>
/// <param name="Card">README.md; null: one that says what the folder itself knows.</param>
public sealed record ExportOptions(TensorType? Type = null, long MaxShardBytes = ShardWriter.StandardShardBytes, ModelCard? Card = null)
{
    /// <summary>Named prompts; null: those of the source.</summary>
    public PromptSet? Prompts { get; init; }

    /// <summary>The limit on a text, special tokens included; null: the source's, else the model's positions.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>How vectors are to be compared; null: as in the source.</summary>
    public SimilarityFunction? Similarity { get; init; }
}
