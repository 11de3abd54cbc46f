using ReasonIR.Torch;

namespace ReasonIR.Models.Decoders;

/// <summary>
/// What is computed, in the terms of the one implementation that runs every family of decoders: a family's config.json is read into it
/// (<see cref="DecoderConfigFile"/>), and nothing else tells the families apart.
/// </summary>
public sealed record DecoderConfig
{
    /// <summary>config.json's model_type: <c>llama</c>, <c>qwen2</c>, <c>qwen3</c>, <c>mistral</c>, <c>gemma2</c>.</summary>
    public required string ModelType { get; init; }

    public required int VocabularySize { get; init; }

    public required int HiddenSize { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>Heads of keys and values; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of a head, even; heads times width need not be the hidden size.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Width inside the gated perceptron.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Longest sequence, tokens.</summary>
    public required int MaxPositions { get; init; }

    public required double NormEps { get; init; }

    public required RotaryConfig Rotary { get; init; }

    public Gate Activation { get; init; } = Gate.Silu;

    /// <summary>Biases of the query, key and value projections.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Bias of the projection after attention.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Biases of the perceptron's three maps.</summary>
    public bool PerceptronBias { get; init; }

    /// <summary>RMSNorm of each query and key head before the rotation (Qwen 3).</summary>
    public bool HeadNorms { get; init; }

    /// <summary>Norms after attention and perceptron too, before the residual is added (Gemma 2).</summary>
    public bool OuterNorms { get; init; }

    /// <summary>Added to the norms' weights: 1 for Gemma, which stores them around 0.</summary>
    public double NormOffset { get; init; }

    /// <summary>Factor on the embeddings: sqrt(hidden) for Gemma.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>Factor on the products of query and key; 1 / sqrt(head width) nearly everywhere.</summary>
    public required double AttentionScale { get; init; }

    /// <summary>c of c · tanh(score / c); 0: none.</summary>
    public double AttentionSoftCap { get; init; }

    /// <summary>For each layer the tokens that a token sees, itself included; null: all before it. A bidirectional model has no windows.</summary>
    public required EquatableList<int?> Windows { get; init; }

    /// <summary>Dropout of attention probabilities, in training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Whether a token sees those after it.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>Standard deviation of random weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The padding token, whose embedding starts as zeros; null: none.</summary>
    public int? PadId { get; init; }
}
