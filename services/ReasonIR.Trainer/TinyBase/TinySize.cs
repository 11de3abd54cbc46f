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
    public ModelShape Shape() => new("llama", Layers, Hidden, Intermediate, Heads, KeyValueHeads, Hidden / Heads, Vocabulary, MaxTokens, Parameters(Vocabulary), Gated: true) { Tensors = [.. Tensors()] };

    IEnumerable<(string Name, IReadOnlyList<long> Sizes)> Tensors()
    {
        var keys = Hidden / Heads * KeyValueHeads;
        yield return ("embed_tokens.weight", [Vocabulary, Hidden]);
        for (var layer = 0; layer < Layers; layer++)
            foreach (var (name, sizes) in new (string, long[])[]
            {
                ("self_attn.q_proj", [Hidden, Hidden]), ("self_attn.k_proj", [keys, Hidden]), ("self_attn.v_proj", [keys, Hidden]), ("self_attn.o_proj", [Hidden, Hidden]),
                ("mlp.gate_proj", [Intermediate, Hidden]), ("mlp.up_proj", [Intermediate, Hidden]), ("mlp.down_proj", [Hidden, Intermediate]), ("input_layernorm", [Hidden]), ("post_attention_layernorm", [Hidden]),
            })
                yield return ($"layers.{layer}.{name}.weight", sizes);
        yield return ("norm.weight", [Hidden]);
    }

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
