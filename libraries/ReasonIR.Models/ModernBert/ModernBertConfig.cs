using System.Text.Json;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.ModernBert;

/// <summary>Sizes and settings of a ModernBERT.</summary>
/// <param name="Global">For each layer whether it sees the whole text.</param>
/// <param name="LocalReach">Tokens to each side that a local layer sees: half of config.json's local_attention.</param>
public sealed record ModernBertConfig(
    int VocabularySize, int HiddenSize, int Heads, int IntermediateSize, int MaxPositions, IReadOnlyList<bool> Global, int LocalReach,
    RotaryConfig GlobalRotary, RotaryConfig LocalRotary, double NormEps)
{
    public bool NormBias { get; init; }

    public bool AttentionBias { get; init; }

    public bool PerceptronBias { get; init; }

    /// <summary>Dropouts, in training.</summary>
    public double EmbeddingDropout { get; init; }

    public double AttentionDropout { get; init; }

    public double PerceptronDropout { get; init; }

    public double InitializerRange { get; init; } = 0.02;

    public int Layers => Global.Count;

    /// <summary>Width of a head.</summary>
    public int HeadWidth => HiddenSize / Heads;

    /// <summary>config.json of model_type <c>modernbert</c>, as transformers 4 (global_attn_every_n_layers, two rope thetas) and 5 (layer_types, rope_parameters) write it.</summary>
    /// <exception cref="InvalidDataException">A field is missing or impossible.</exception>
    /// <exception cref="NotSupportedException">The model has a variation that is not implemented; the message names it.</exception>
    public static ModernBertConfig Read(string path)
    {
        using var json = JsonFile.Open(path);
        if (json.Text("model_type") is var type && type != "modernbert")
            throw json.Bad("model_type", $"'modernbert' was expected, '{type}' is there");
        json.RefuseForeign();
        json.Only("hidden_activation", "gelu");
        json.Only("is_decoder", false);
        json.Only("add_cross_attention", false);
        json.Only("is_encoder_decoder", false);
        json.Absent("rope_scaling", "pruned_heads");
        var (global, local) = Rotaries(json);
        var config = new ModernBertConfig(
            json.Size("vocab_size", 50368), json.Size("hidden_size", 768), json.Size("num_attention_heads", 12), json.Size("intermediate_size", 1152),
            json.Size("max_position_embeddings", 8192), GlobalLayers(json, json.Size("num_hidden_layers", 22)), json.Size("local_attention", 128) / 2, global, local, json.Positive("norm_eps", 1e-5))
        {
            NormBias = json.Boolean("norm_bias") ?? false,
            AttentionBias = json.Boolean("attention_bias") ?? false,
            PerceptronBias = json.Boolean("mlp_bias") ?? false,
            EmbeddingDropout = json.Share("embedding_dropout", 0),
            AttentionDropout = json.Share("attention_dropout", 0),
            PerceptronDropout = json.Share("mlp_dropout", 0),
            InitializerRange = json.Number("initializer_range") ?? 0.02,
        };
        return config.HiddenSize % config.Heads == 0 && config.HeadWidth % 2 == 0
            ? config
            : throw json.Bad("num_attention_heads", $"{config.Heads} does not divide hidden_size {config.HiddenSize} into heads of even width");
    }

    static bool[] GlobalLayers(JsonFile json, int layers)
    {
        if (json.Element("layer_types") is not { } types)
            return json.Size("global_attn_every_n_layers", 3) is var every ? [.. Enumerable.Range(0, layers).Select(i => i % every == 0)] : [];
        if (types.ValueKind != JsonValueKind.Array || types.GetArrayLength() != layers)
            throw json.Bad("layer_types", $"the kinds of {layers} layers were expected");
        return [.. types.EnumerateArray().Select(kind => (kind.ValueKind == JsonValueKind.String ? kind.GetString() : null) switch
        {
            "full_attention" => true,
            "sliding_attention" => false,
            _ => throw new NotSupportedException($"{json.Path}: layer_types '{kind}' is not supported; full_attention and sliding_attention are."),
        })];
    }

    static (RotaryConfig Global, RotaryConfig Local) Rotaries(JsonFile json)
    {
        var global = json.Positive("global_rope_theta", 160_000);
        // A null, unlike an absent field, means that both kinds of layers have the same base.
        var local = json.Root.TryGetProperty("local_rope_theta", out var stated) && stated.ValueKind == JsonValueKind.Null ? global : json.Positive("local_rope_theta", 10_000);
        if (json.Element("rope_parameters") is not { } rope)
            return (new(global), new(local));
        if (rope.ValueKind != JsonValueKind.Object)
            throw json.Bad("rope_parameters", "an object was expected");
        if (rope.EnumerateObject().Select(e => e.Name).FirstOrDefault(name => name is not ("full_attention" or "sliding_attention")) is { } other)
            throw new NotSupportedException($"{json.Path}: rope_parameters.{other} is not supported; full_attention and sliding_attention, each with its rope_theta, are.");
        return (new(Theta("full_attention", global)), new(Theta("sliding_attention", local)));

        double Theta(string kind, double standard)
        {
            if (!rope.TryGetProperty(kind, out var part) || part.ValueKind == JsonValueKind.Null)
                return standard;
            if (part.ValueKind != JsonValueKind.Object)
                throw json.Bad($"rope_parameters.{kind}", "an object was expected");
            foreach (var field in part.EnumerateObject())
                if (field.Name is not ("rope_theta" or "rope_type" or "type") || field.Name != "rope_theta" && field.Value.ValueKind != JsonValueKind.Null && field.Value.ToString() != "default")
                    throw new NotSupportedException($"{json.Path}: rope_parameters.{kind}.{field.Name} '{field.Value}' is not supported; rope_type 'default' is.");
            return !part.TryGetProperty("rope_theta", out var theta) ? standard
                : theta.ValueKind == JsonValueKind.Number && theta.GetDouble() is > 0 and < double.PositiveInfinity and var value ? value
                : throw json.Bad($"rope_parameters.{kind}.rope_theta", "a number above 0 was expected");
        }
    }
}
