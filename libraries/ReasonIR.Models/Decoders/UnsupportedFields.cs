using System.Text.Json;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Decoders;

/// <summary>
/// Fields that change what is computed, in some family of decoders, and have no implementation here. transformers itself ignores a field
/// that its class does not know; a file that has one was written for other code, and a wrong vector would be the result.
/// </summary>
static class UnsupportedFields
{
    /// <summary>Each with the values that mean "not used" beside null, false, an empty list and an empty object.</summary>
    static readonly (string Field, double? Neutral)[] Fields =
    [
        ("quantization_config", null), ("compression_config", null), ("partial_rotary_factor", 1), ("rotary_pct", 1), ("rope_interleave", null), ("rope_interleaved", null),
        ("attention_multiplier", null), ("residual_multiplier", 1), ("embedding_multiplier", 1), ("scale_emb", 1), ("scale_depth", null),
        ("attention_sinks", 0), ("attention_sink_size", 0), ("num_sink_tokens", 0), ("attention_chunk_size", null), ("dual_chunk_attention_config", null), ("no_rope_layers", null),
        ("attn_temperature_tuning", null), ("qk_layernorm", null), ("use_qk_norm", null), ("clip_qkv", null), ("qkv_clip", null), ("alibi", null), ("use_alibi", null),
        ("num_experts", 0), ("num_local_experts", 0), ("n_routed_experts", 0), ("kv_lora_rank", null), ("cross_attention_layers", null), ("add_cross_attention", null),
        ("is_encoder_decoder", null), ("use_mrope", null), ("mrope_section", null), ("parallel_residual", null), ("use_parallel_residual", null), ("layer_norm_type", null),
    ];

    /// <exception cref="NotSupportedException">There is one; the message names it and its value.</exception>
    public static void Refuse(JsonFile json)
    {
        foreach (var (field, neutral) in Fields)
            Refuse(json, field, neutral);
        if (json.Text("model_type") == "gemma2")
            return;
        foreach (var field in new[] { "attn_logit_softcapping", "query_pre_attn_scalar", "hidden_activation" })
            Refuse(json, field, null);
    }

    /// <summary>For a family without windows: a <c>layer_types</c> with another attention than the full one.</summary>
    public static void RefuseWindows(JsonFile json)
    {
        if (json.Element("num_hidden_layers") is not null && LayerTypes.Read(json, json.RequiredInteger("num_hidden_layers")) is { } sliding && sliding.Contains(true))
            throw new NotSupportedException($"{json.Path}: layer_types 'sliding_attention' is not supported for model_type '{json.Text("model_type")}'; full_attention is.");
    }

    static void Refuse(JsonFile json, string field, double? neutral)
    {
        if (json.Element(field) is not { } value || IsNeutral(value, neutral))
            return;
        const int shown = 100;
        var text = value.GetRawText();
        throw new NotSupportedException($"{json.Path}: {field} {(text.Length > shown ? text[..shown] + "…" : text)} is not supported: it changes what a model of type '{json.Text("model_type")}' computes.");
    }

    static bool IsNeutral(JsonElement value, double? neutral) => value.ValueKind switch
    {
        JsonValueKind.False => true,
        JsonValueKind.Number => neutral is { } number && value.GetDouble() == number,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
