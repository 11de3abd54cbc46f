using System.Text.Json;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Torch;

namespace ReasonIR.Models.Decoders;

/// <summary>
/// What tells the families apart: their fields, and the defaults of transformers' configuration classes. Sizes that every writer of a
/// config.json states must be there.
/// </summary>
static class DecoderFamilies
{
    /// <summary>Llama 1 to 3 (Touvron et al. 2023, Grattafiori et al. 2024) and what follows its layout.</summary>
    public static DecoderConfig Llama(JsonFile json)
    {
        UnsupportedFields.RefuseWindows(json);
        var heads = Required(json, "num_attention_heads");
        return Common(json, keyValueHeads: heads, maxPositions: 2048, eps: 1e-6, theta: 10_000) with
        {
            QueryKeyValueBias = json.Boolean("attention_bias") ?? false,
            OutputBias = json.Boolean("attention_bias") ?? false,
            PerceptronBias = json.Boolean("mlp_bias") ?? false,
        };
    }

    /// <summary>Qwen 2 and 2.5: biases before attention, a window in the upper layers that is mostly switched off.</summary>
    public static DecoderConfig Qwen2(JsonFile json) => Common(json, keyValueHeads: null, maxPositions: 32_768, eps: 1e-6, theta: 10_000) with
    {
        QueryKeyValueBias = true,
        Windows = QwenWindows(json),
    };

    /// <summary>Qwen 3: no biases, norms on the heads of queries and keys.</summary>
    public static DecoderConfig Qwen3(JsonFile json) => Common(json, keyValueHeads: null, maxPositions: 32_768, eps: 1e-6, theta: 10_000, headWidth: 128) with
    {
        HeadNorms = true,
        QueryKeyValueBias = json.Boolean("attention_bias") ?? false,
        OutputBias = json.Boolean("attention_bias") ?? false,
        Windows = QwenWindows(json),
    };

    /// <summary>Mistral 7B (Jiang et al. 2023): a window in every layer, null since version 0.2.</summary>
    public static DecoderConfig Mistral(JsonFile json)
    {
        // Absent and null differ: the class has a window unless the file says that there is none.
        var window = json.Root.TryGetProperty("sliding_window", out _) ? Window(json) : 4096;
        return Common(json, keyValueHeads: null, maxPositions: 131_072, eps: 1e-6, theta: 10_000) with
        {
            Windows = Windows(json, window, _ => window is not null),
        };
    }

    /// <summary>Gemma 2 (Riviere et al. 2024): norms around weight 1, after each part too, capped scores, windows in every other layer.</summary>
    public static DecoderConfig Gemma2(JsonFile json)
    {
        var common = Common(json, keyValueHeads: null, maxPositions: 8192, eps: 1e-6, theta: 10_000, headWidth: 256, act: "hidden_activation", standardAct: "gelu_pytorch_tanh");
        var window = json.Root.TryGetProperty("sliding_window", out _) ? Window(json) : 4096;
        var bias = json.Boolean("attention_bias") ?? false;
        return common with
        {
            QueryKeyValueBias = bias,
            OutputBias = bias,
            OuterNorms = true,
            NormOffset = 1,
            EmbeddingScale = Math.Sqrt(common.HiddenSize),
            AttentionScale = 1 / Math.Sqrt(json.Positive("query_pre_attn_scalar", 256)),
            AttentionSoftCap = json.Root.TryGetProperty("attn_logit_softcapping", out var cap) && cap.ValueKind == JsonValueKind.Null ? 0 : json.Positive("attn_logit_softcapping", 50),
            Windows = Windows(json, window, layer => layer % 2 == 0),
        };
    }

    static DecoderConfig Common(JsonFile json, int? keyValueHeads, int maxPositions, double eps, double theta, int? headWidth = null, string act = "hidden_act", string standardAct = "silu")
    {
        int hidden = Required(json, "hidden_size"), heads = Required(json, "num_attention_heads"), layers = Required(json, "num_hidden_layers");
        if (headWidth is null && json.Element("head_dim") is null && hidden % heads != 0)
            throw json.Bad("num_attention_heads", $"{heads} does not divide hidden_size {hidden}, and there is no head_dim");
        var width = json.Size("head_dim", headWidth ?? hidden / heads);
        return new()
        {
            ModelType = json.Text("model_type")!,
            VocabularySize = Required(json, "vocab_size"),
            HiddenSize = hidden,
            Layers = layers,
            Heads = heads,
            KeyValueHeads = keyValueHeads is { } standard ? json.Size("num_key_value_heads", standard) : Required(json, "num_key_value_heads"),
            HeadWidth = width,
            IntermediateSize = Required(json, "intermediate_size"),
            MaxPositions = json.Size("max_position_embeddings", maxPositions),
            NormEps = json.Positive("rms_norm_eps", eps),
            Rotary = RotaryFields.Read(json, theta),
            Activation = Activation(json, act, standardAct),
            AttentionScale = 1 / Math.Sqrt(width),
            Windows = new(new int?[layers]),
            AttentionDropout = json.Share("attention_dropout", 0),
            InitializerRange = json.Positive("initializer_range", 0.02),
            PadId = json.Integer("pad_token_id") is { } pad and >= 0 ? pad : null,
        };
    }

    static Gate Activation(JsonFile json, string field, string standard) => (json.Text(field) ?? standard) switch
    {
        "silu" or "swish" => Gate.Silu,
        "gelu_pytorch_tanh" or "gelu_new" => Gate.GeluTanh,
        "gelu" => Gate.Gelu,
        var other => throw new NotSupportedException($"{json.Path}: {field} '{other}' is not supported; silu, gelu and gelu_pytorch_tanh are."),
    };

    static EquatableList<int?> QwenWindows(JsonFile json)
    {
        var window = json.Boolean("use_sliding_window") == true ? Window(json) ?? 4096 : (int?)null;
        var from = json.Integer("max_window_layers") ?? 28;
        return Windows(json, window, layer => window is not null && layer >= from);
    }

    /// <summary>A window for each layer that <c>layer_types</c> names as sliding, or where it is absent those that the family's rule does.</summary>
    static EquatableList<int?> Windows(JsonFile json, int? window, Func<int, bool> isSliding)
    {
        var layers = Required(json, "num_hidden_layers");
        var types = LayerTypes.Read(json, layers);
        return new(Enumerable.Range(0, layers).Select(layer =>
            !(types?[layer] ?? isSliding(layer)) ? (int?)null
            : window ?? throw json.Bad("sliding_window", $"layer {layer} slides; a window was expected")));
    }

    static int? Window(JsonFile json) =>
        json.Element("sliding_window") is null ? null : json.Size("sliding_window", 1);

    static int Required(JsonFile json, string field) => json.Element(field) is null ? throw json.Bad(field, "is missing") : json.Size(field, 1);
}

/// <summary><c>layer_types</c>: what each layer sees.</summary>
static class LayerTypes
{
    /// <summary>For each layer whether it has the sliding window; null where the field is absent.</summary>
    public static bool[]? Read(JsonFile json, int layers)
    {
        if (json.Element("layer_types") is not { } types)
            return null;
        if (types.ValueKind != JsonValueKind.Array || types.GetArrayLength() != layers)
            throw json.Bad("layer_types", $"an array of {layers} types was expected, one for each layer");
        return [.. types.EnumerateArray().Select(type => (type.ValueKind == JsonValueKind.String ? type.GetString() : type.GetRawText()) switch
        {
            "full_attention" => false,
            "sliding_attention" => true,
            var other => throw new NotSupportedException($"{json.Path}: layer_types '{other}' is not supported; full_attention and sliding_attention are."),
        })];
    }
}
