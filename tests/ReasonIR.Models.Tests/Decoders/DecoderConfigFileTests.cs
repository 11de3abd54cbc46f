using System.Text.Json.Nodes;
using ReasonIR.Models.Decoders;
using ReasonIR.Torch;
using Xunit;

namespace ReasonIR.Models.Tests.Decoders;

public sealed class DecoderConfigFileTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("reasonir-config-").FullName;

    [Theory, MemberData(nameof(TinyDecoder.Families), MemberType = typeof(TinyDecoder))]
    public void What_is_written_is_read_back(string family)
    {
        foreach (var bidirectional in new[] { false, true })
        {
            var config = TinyDecoder.Config(family) with { Bidirectional = bidirectional };
            Assert.Equal(config, Read(DecoderConfigWriter.Write(config)));
        }
    }

    [Theory]
    [InlineData("hidden_act", "\"relu\"", "relu")]
    [InlineData("rope_scaling", """{"type": "dynamic", "factor": 2.0}""", "rope_scaling.rope_type 'dynamic'")]
    [InlineData("rope_scaling", """{"rope_type": "yarn", "factor": 4.0}""", "'yarn'")]
    [InlineData("rope_parameters", """{"rope_type": "longrope", "rope_theta": 10000.0}""", "rope_parameters.rope_type 'longrope'")]
    [InlineData("rope_parameters", """{"full_attention": {"rope_theta": 1e6}, "sliding_attention": {"rope_theta": 1e4}}""", "rope_parameters.full_attention")]
    [InlineData("rope_parameters", """{"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5}""", "partial_rotary_factor '0.5'")]
    [InlineData("partial_rotary_factor", "0.25", "partial_rotary_factor 0.25")]
    [InlineData("quantization_config", """{"quant_method": "gptq", "bits": 4}""", "quantization_config")]
    [InlineData("attention_sinks", "4", "attention_sinks 4")]
    [InlineData("num_local_experts", "8", "num_local_experts 8")]
    [InlineData("attn_logit_softcapping", "50.0", "attn_logit_softcapping 50.0")]
    [InlineData("layer_types", """["full_attention", "chunked_attention"]""", "layer_types 'chunked_attention'")]
    [InlineData("layer_types", """["full_attention", "sliding_attention"]""", "layer_types 'sliding_attention'")]
    [InlineData("auto_map", """{"AutoModel": "modeling_own.OwnModel"}""", "auto_map")]
    [InlineData("is_encoder_decoder", "true", "is_encoder_decoder true")]
    public void What_changes_the_arithmetic_and_is_not_implemented_is_refused_by_field_and_value(string field, string value, string named)
    {
        var error = Assert.Throws<NotSupportedException>(() => Read(Llama(field, value)));
        Assert.Contains(named, error.Message);
        Assert.Contains("config.json", error.Message);
    }

    [Theory]
    [InlineData("partial_rotary_factor", "1.0")]
    [InlineData("quantization_config", "null")]
    [InlineData("attention_sinks", "0")]
    [InlineData("rope_scaling", """{"rope_type": "default"}""")]
    [InlineData("layer_types", """["full_attention", "full_attention"]""")]
    [InlineData("hidden_act", "\"swish\"")]
    [InlineData("pretraining_tp", "4")]
    [InlineData("auto_map", "{}")]
    public void A_field_that_says_nothing_is_no_hindrance(string field, string value) => Assert.Equal(Read(Llama()), Read(Llama(field, value)));

    [Theory]
    [InlineData("hidden_size", "0", "out of range")]
    [InlineData("hidden_size", "8388608", "out of range")]
    [InlineData("vocab_size", "null", "is missing")]
    [InlineData("num_attention_heads", "5", "does not divide hidden_size")]
    [InlineData("num_key_value_heads", "3", "does not divide num_attention_heads")]
    [InlineData("head_dim", "7", "odd")]
    [InlineData("rms_norm_eps", "0", "above 0")]
    [InlineData("layer_types", """["full_attention"]""", "2 types")]
    [InlineData("rope_scaling", """{"type": "linear"}""", "rope_scaling.factor")]
    [InlineData("rope_scaling", """{"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 1, "original_max_position_embeddings": 64}""", "is not above")]
    [InlineData("pad_token_id", "99", "pad_token_id")]
    public void An_impossible_value_is_named(string field, string value, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(Llama(field, value)));
        Assert.Contains(expected, error.Message);
        Assert.Contains(field.Split('.')[0], error.Message);
    }

    [Fact]
    public void Both_spellings_of_the_rotation_are_read_and_the_newer_one_counts()
    {
        const string scaling = """{"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32""";
        var older = Llama("rope_scaling", scaling + "}");
        older["rope_theta"] = 500000.0;
        var newer = Llama("rope_parameters", scaling + """, "rope_theta": 500000.0}""");
        newer["rope_theta"] = 10000.0;
        Assert.Equal(Read(older), Read(newer));
        Assert.Equal(new RotaryConfig(500_000, new Llama3Scaling(8, 1, 4, 32)), Read(older).Rotary);
    }

    [Theory]
    [InlineData("is_causal", "false", true)]
    [InlineData("is_causal", "true", false)]
    [InlineData("use_bidirectional_attention", "true", true)]
    [InlineData("auto_map", """{"AutoModel": "modeling_reasonir_8b.ReasonIRModel"}""", true)]
    [InlineData("pad_token_id", "null", false)]
    public void The_direction_of_attention_is_read(string field, string value, bool bidirectional) => Assert.Equal(bidirectional, Read(Llama(field, value)).Bidirectional);

    [Fact]
    public void The_callers_word_on_the_direction_counts_before_the_files()
    {
        File.WriteAllText(Path.Combine(folder, "config.json"), Llama("auto_map", """{"AutoModel": "modeling_own.OwnModel"}""").ToJsonString());
        Assert.True(DecoderConfigFile.Read(Path.Combine(folder, "config.json"), bidirectional: true).Bidirectional);
        Assert.False(DecoderConfigFile.Read(Path.Combine(folder, "config.json"), bidirectional: false).Bidirectional);
    }

    [Fact]
    public void Families_have_their_own_defaults()
    {
        DecoderConfig Of(string type, string fields = "{}")
        {
            var json = Llama();
            json["model_type"] = type;
            foreach (var (name, value) in JsonNode.Parse(fields)!.AsObject())
                json[name] = value?.DeepClone();
            return Read(json);
        }
        Assert.Equal((false, false, 8), (Of("llama").QueryKeyValueBias, Of("llama").OutputBias, Of("llama").HeadWidth));
        Assert.Equal((true, false), (Of("qwen2").QueryKeyValueBias, Of("qwen2").OutputBias));
        Assert.Equal((true, 128), (Of("qwen3").HeadNorms, Of("qwen3").HeadWidth));
        Assert.Equal([4096, 4096], Of("mistral").Windows);
        Assert.Equal([null, null], Of("mistral", """{"sliding_window": null}""").Windows);
        Assert.Equal([null, null], Of("qwen2", """{"sliding_window": 9}""").Windows);
        Assert.Equal([null, 9], Of("qwen2", """{"sliding_window": 9, "use_sliding_window": true, "max_window_layers": 1}""").Windows);
        Assert.Equal([9, null], Of("qwen2", """{"sliding_window": 9, "use_sliding_window": true, "layer_types": ["sliding_attention", "full_attention"]}""").Windows);
        var gemma = Of("gemma2");
        Assert.Equal((256, 50.0, 1.0 / 16, 1.0, Math.Sqrt(16), Gate.GeluTanh), (gemma.HeadWidth, gemma.AttentionSoftCap, gemma.AttentionScale, gemma.NormOffset, gemma.EmbeddingScale, gemma.Activation));
        Assert.Equal([4096, null], gemma.Windows);
        Assert.Equal(0, Of("gemma2", """{"attn_logit_softcapping": null}""").AttentionSoftCap);
        Assert.Contains("num_key_value_heads", Assert.Throws<InvalidDataException>(() => Of("qwen2", """{"num_key_value_heads": null}""")).Message);
        Assert.Equal(2, Of("llama", """{"num_key_value_heads": null}""").KeyValueHeads);
    }

    [Fact]
    public void Another_type_is_refused_by_name()
    {
        var json = Llama();
        json["model_type"] = "mamba";
        Assert.Contains("model_type 'mamba'", Assert.Throws<NotSupportedException>(() => Read(json)).Message);
    }

    static JsonObject Llama(string? field = null, string? value = null)
    {
        var json = new JsonObject
        {
            ["model_type"] = "llama", ["vocab_size"] = 50, ["hidden_size"] = 16, ["num_hidden_layers"] = 2, ["num_attention_heads"] = 2, ["num_key_value_heads"] = 2,
            ["intermediate_size"] = 24, ["max_position_embeddings"] = 64, ["rms_norm_eps"] = 1e-6,
        };
        if (field is not null)
            json[field] = JsonNode.Parse(value!);
        return json;
    }

    DecoderConfig Read(JsonObject json)
    {
        var path = Path.Combine(folder, "config.json");
        File.WriteAllText(path, json.ToJsonString());
        return DecoderConfigFile.Read(path);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
