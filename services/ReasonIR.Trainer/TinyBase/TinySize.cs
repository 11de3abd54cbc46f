using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Trainer.TinyBase;

/// <summary>The size of a Llama made from scratch, with every default written out.</summary>
public sealed record TinySize(int Layers, int Hidden, int Heads, int KeyValueHeads, int Intermediate, int Vocabulary, int MaxTokens)
{
    public static TinySize Of(TinySection? section)
    {
        var hidden = section?.Hidden ?? 256;
        var heads = section?.Heads ?? 4;
        return new(section?.Layers ?? 4, hidden, heads, section?.KeyValueHeads ?? heads, section?.Intermediate ?? (hidden * 8 / 3 + 15) / 16 * 16, section?.Vocabulary ?? 8192, section?.MaxTokens ?? 512);
    }

    /// <summary>Numbers in its weights.</summary>
    /// <param name="vocabulary">Tokens that the corpus gave.</param>
    public long Parameters(int vocabulary)
    {
        long kv = (long)Hidden / Heads * KeyValueHeads;
        return (long)vocabulary * Hidden + Layers * (2L * Hidden * Hidden + 2 * kv * Hidden + 3L * Hidden * Intermediate + 2L * Hidden) + Hidden;
    }

    /// <summary>Its sizes with the largest vocabulary that the corpus may give.</summary>
    public ModelShape Shape() => new("llama", Layers, Hidden, Intermediate, Heads, KeyValueHeads, Hidden / Heads, Vocabulary, MaxTokens, Parameters(Vocabulary), Gated: true);

    public DecoderConfig Config(int vocabulary, int pad) => new()
    {
        ModelType = "llama",
        VocabularySize = vocabulary,
        HiddenSize = Hidden,
        Layers = Layers,
        Heads = Heads,
        KeyValueHeads = KeyValueHeads,
        HeadWidth = Hidden / Heads,
        IntermediateSize = Intermediate,
        MaxPositions = MaxTokens,
        NormEps = 1e-5,
        Rotary = new(10_000),
        AttentionScale = 1 / Math.Sqrt(Hidden / Heads),
        Windows = new(new int?[Layers]),
        Bidirectional = true,
        PadId = pad,
    };
}
