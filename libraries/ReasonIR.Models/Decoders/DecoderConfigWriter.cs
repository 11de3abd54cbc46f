using System.Text.Json.Nodes;
using ReasonIR.Torch;

namespace ReasonIR.Models.Decoders;

/// <summary>Writes config.json for a decoder, in the spelling that transformers 4 and 5 both read.</summary>
public static class DecoderConfigWriter
{
    /// <summary>transformers' class of the bare body.</summary>
    public static string Architecture(string modelType) => modelType switch
    {
        "llama" => "LlamaModel",
        "qwen2" => "Qwen2Model",
        "qwen3" => "Qwen3Model",
        "mistral" => "MistralModel",
        "gemma2" => "Gemma2Model",
        _ => throw new NotSupportedException($"Decoders of type '{modelType}' are not written."),
    };

    /// <summary>The file's content. Reading it gives the same configuration back.</summary>
    /// <param name="config">What is computed; only what its family can express.</param>
    /// <param name="type">Element type of the weights beside it: <c>float32</c>, <c>bfloat16</c>, <c>float16</c>.</param>
    /// <param name="bosId">Token at the start of a text, where the tokenizer has one.</param>
    /// <param name="eosId">Token at the end of a text, where the tokenizer has one.</param>
    public static JsonObject Write(DecoderConfig config, string type = "float32", int? bosId = null, int? eosId = null)
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(Architecture(config.ModelType)),
            ["model_type"] = config.ModelType,
            ["vocab_size"] = config.VocabularySize,
            ["hidden_size"] = config.HiddenSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["num_key_value_heads"] = config.KeyValueHeads,
            ["head_dim"] = config.HeadWidth,
            ["intermediate_size"] = config.IntermediateSize,
            ["max_position_embeddings"] = config.MaxPositions,
            ["rms_norm_eps"] = config.NormEps,
            ["rope_theta"] = config.Rotary.Theta,
            ["rope_scaling"] = Scaling(config.Rotary.Scaling),
            [config.ModelType == "gemma2" ? "hidden_activation" : "hidden_act"] = config.Activation switch { Gate.Silu => "silu", Gate.Gelu => "gelu", _ => "gelu_pytorch_tanh" },
            ["attention_dropout"] = config.AttentionDropout,
            ["initializer_range"] = config.InitializerRange,
            ["tie_word_embeddings"] = true,
            ["use_cache"] = false,
            ["is_causal"] = !config.Bidirectional,
            ["pad_token_id"] = config.PadId,
            ["bos_token_id"] = bosId,
            ["eos_token_id"] = eosId,
            ["torch_dtype"] = type,
        };
        switch (config.ModelType)
        {
            case "llama":
                json["attention_bias"] = config.QueryKeyValueBias;
                json["mlp_bias"] = config.PerceptronBias;
                break;
            case "qwen2" or "qwen3":
                if (config.ModelType == "qwen3")
                    json["attention_bias"] = config.QueryKeyValueBias;
                json["use_sliding_window"] = config.Windows.Any(w => w is not null);
                WriteWindows(json, config);
                break;
            case "mistral":
                WriteWindows(json, config);
                break;
            case "gemma2":
                json["attention_bias"] = config.QueryKeyValueBias;
                json["query_pre_attn_scalar"] = Math.Round(1 / (config.AttentionScale * config.AttentionScale), 6);
                json["attn_logit_softcapping"] = config.AttentionSoftCap == 0 ? null : config.AttentionSoftCap;
                WriteWindows(json, config);
                break;
        }
        return json;
    }

    static void WriteWindows(JsonObject json, DecoderConfig config)
    {
        json["sliding_window"] = config.Windows.FirstOrDefault(w => w is not null);
        json["layer_types"] = new JsonArray([.. config.Windows.Select(w => (JsonNode)(w is null ? "full_attention" : "sliding_attention"))]);
    }

    static JsonObject? Scaling(RotaryScaling? scaling) => scaling switch
    {
        null => null,
        LinearScaling linear => new() { ["rope_type"] = linear.Type, ["factor"] = linear.Factor },
        Llama3Scaling llama => new()
        {
            ["rope_type"] = llama.Type, ["factor"] = llama.Factor, ["low_freq_factor"] = llama.LowFrequencyFactor, ["high_freq_factor"] = llama.HighFrequencyFactor,
            ["original_max_position_embeddings"] = llama.OriginalPositions,
        },
        _ => throw new NotSupportedException($"Rotary scaling of type '{scaling.Type}' is not written."),
    };
}
