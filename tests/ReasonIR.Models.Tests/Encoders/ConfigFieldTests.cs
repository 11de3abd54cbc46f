using ReasonIR.Models.Transformers;
using Xunit;

namespace ReasonIR.Models.Tests.Encoders;

/// <summary>Every field that transformers' configurations of these families have: another value of it changes nothing, changes the states as it should, or is refused by name.</summary>
public sealed class ConfigFieldTests
{
    public enum Outcome { Harmless, Supported, Refused }

    static readonly (string Field, string Json, Outcome Outcome)[] Shared =
    [
        ("is_decoder", "true", Outcome.Refused), ("add_cross_attention", "true", Outcome.Refused), ("is_encoder_decoder", "true", Outcome.Refused),
        ("pruned_heads", """{"0":[1]}""", Outcome.Refused), ("quantization_config", """{"quant_method":"awq","bits":4}""", Outcome.Refused),
        ("auto_map", """{"AutoModel":"modeling.OwnModel"}""", Outcome.Refused), ("compression_config", """{"format":"dense"}""", Outcome.Refused),
        ("pruned_heads", "{}", Outcome.Harmless), ("is_decoder", "false", Outcome.Harmless), ("auto_map", "null", Outcome.Harmless),
        ("initializer_range", "0.5", Outcome.Harmless), ("classifier_dropout", "0.4", Outcome.Harmless), ("use_cache", "false", Outcome.Harmless), ("torch_dtype", "\"float16\"", Outcome.Harmless),
        ("dtype", "\"bfloat16\"", Outcome.Harmless), ("transformers_version", "\"9.0.0\"", Outcome.Harmless), ("architectures", """["Any"]""", Outcome.Harmless),
        ("bos_token_id", "7", Outcome.Harmless), ("eos_token_id", "7", Outcome.Harmless), ("sep_token_id", "7", Outcome.Harmless), ("output_attentions", "true", Outcome.Harmless),
        ("output_hidden_states", "true", Outcome.Harmless), ("return_dict", "false", Outcome.Harmless), ("tie_word_embeddings", "false", Outcome.Harmless),
        ("gradient_checkpointing", "true", Outcome.Harmless), ("id2label", """{"0":"a"}""", Outcome.Harmless), ("problem_type", "\"regression\"", Outcome.Harmless),
        ("chunk_size_feed_forward", "8", Outcome.Harmless), ("_name_or_path", "\"x\"", Outcome.Harmless), ("task_specific_params", "{}", Outcome.Harmless), ("_attn_implementation", "\"sdpa\"", Outcome.Harmless),
    ];

    static readonly (string Field, string Json, Outcome Outcome)[] BertLike =
    [
        ("hidden_act", "\"relu\"", Outcome.Refused), ("hidden_act", "\"gelu_new\"", Outcome.Refused), ("hidden_act", "7", Outcome.Refused),
        ("position_embedding_type", "\"relative_key\"", Outcome.Refused), ("position_embedding_type", "\"relative_key_query\"", Outcome.Refused), ("position_embedding_type", "\"alibi\"", Outcome.Refused),
        ("hidden_act", "\"gelu\"", Outcome.Harmless), ("position_embedding_type", "\"absolute\"", Outcome.Harmless),
        ("hidden_dropout_prob", "0.5", Outcome.Harmless), ("attention_probs_dropout_prob", "0.5", Outcome.Harmless),
        ("layer_norm_eps", "0.1", Outcome.Supported), ("num_attention_heads", "4", Outcome.Supported),
        ("num_attention_heads", "3", Outcome.Refused), ("num_attention_heads", "0", Outcome.Refused), ("hidden_dropout_prob", "1", Outcome.Refused), ("layer_norm_eps", "0", Outcome.Refused),
        ("layer_norm_eps", "\"x\"", Outcome.Refused), ("num_attention_heads", "2.5", Outcome.Refused),
    ];

    static readonly (string Field, string Json, Outcome Outcome)[] Roberta =
        [("pad_token_id", "3", Outcome.Supported), ("pad_token_id", "-1", Outcome.Refused), ("pad_token_id", "100", Outcome.Refused), ("cross_attention_hidden_size", "8", Outcome.Refused)];

    static readonly (string Field, string Json, Outcome Outcome)[] DistilBert =
    [
        ("activation", "\"relu\"", Outcome.Refused), ("activation", "\"gelu\"", Outcome.Harmless), ("dropout", "0.5", Outcome.Harmless), ("attention_dropout", "0.5", Outcome.Harmless),
        ("n_heads", "4", Outcome.Supported), ("qa_dropout", "0.5", Outcome.Harmless), ("seq_classif_dropout", "0.5", Outcome.Harmless), ("sinusoidal_pos_embds", "true", Outcome.Harmless), ("pad_token_id", "5", Outcome.Harmless),
    ];

    static readonly (string Field, string Json, Outcome Outcome)[] ModernBert =
    [
        ("hidden_activation", "\"silu\"", Outcome.Refused), ("hidden_activation", "\"gelu\"", Outcome.Harmless), ("rope_scaling", """{"rope_type":"linear","factor":2}""", Outcome.Refused),
        ("layer_types", """["full_attention","chunked_attention","full_attention"]""", Outcome.Refused), ("layer_types", """["full_attention"]""", Outcome.Refused),
        ("layer_types", """["sliding_attention","full_attention","full_attention"]""", Outcome.Supported), ("layer_types", "null", Outcome.Harmless),
        ("rope_parameters", """{"rope_theta":5000}""", Outcome.Refused), ("rope_parameters", """{"full_attention":{"rope_theta":5000,"rope_type":"yarn"}}""", Outcome.Refused),
        ("rope_parameters", """{"full_attention":{"rope_theta":5000,"factor":2}}""", Outcome.Refused), ("rope_parameters", """{"full_attention":{"rope_theta":-1}}""", Outcome.Refused),
        ("rope_parameters", """{"full_attention":{"rope_theta":50,"rope_type":"default"}}""", Outcome.Supported), ("rope_parameters", """{"sliding_attention":{"rope_theta":50}}""", Outcome.Supported),
        ("global_rope_theta", "50", Outcome.Supported), ("local_rope_theta", "50", Outcome.Supported), ("global_attn_every_n_layers", "1", Outcome.Supported), ("local_attention", "2", Outcome.Supported),
        ("norm_eps", "0.1", Outcome.Supported), ("num_attention_heads", "4", Outcome.Supported), ("num_attention_heads", "16", Outcome.Refused),
        // Tensors that such a model has are missing then.
        ("norm_bias", "true", Outcome.Refused), ("attention_bias", "true", Outcome.Refused), ("mlp_bias", "true", Outcome.Refused),
        ("embedding_dropout", "0.5", Outcome.Harmless), ("attention_dropout", "0.5", Outcome.Harmless), ("mlp_dropout", "0.5", Outcome.Harmless), ("layer_norm_eps", "0.1", Outcome.Harmless),
        ("position_embedding_type", "\"absolute\"", Outcome.Harmless), ("pad_token_id", "5", Outcome.Harmless), ("cls_token_id", "5", Outcome.Harmless), ("decoder_bias", "false", Outcome.Harmless),
        ("classifier_pooling", "\"mean\"", Outcome.Harmless), ("classifier_bias", "true", Outcome.Harmless), ("classifier_activation", "\"relu\"", Outcome.Harmless),
        ("deterministic_flash_attn", "true", Outcome.Harmless), ("reference_compile", "true", Outcome.Harmless), ("sparse_prediction", "true", Outcome.Harmless), ("initializer_cutoff_factor", "1", Outcome.Harmless),
    ];

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("xlm-roberta")]
    [InlineData("camembert")]
    [InlineData("distilbert")]
    [InlineData("electra")]
    [InlineData("modernbert")]
    public void Every_field_does_what_is_expected_of_it(string type)
    {
        using var tiny = new TinyEncoder(type);
        int[][] sequences = [[.. Enumerable.Range(4, 30)], [9, 8, 7]];
        var before = tiny.Hidden(sequences);
        var own = type switch
        {
            "distilbert" => DistilBert,
            "modernbert" => ModernBert,
            "bert" => [.. BertLike, ("pad_token_id", "5", Outcome.Harmless)],
            "electra" => [.. BertLike, ("summary_type", "\"mean\"", Outcome.Harmless), ("pad_token_id", "5", Outcome.Harmless)],
            _ => [.. BertLike, .. Roberta],
        };
        Assert.All(Shared.Concat(own), change =>
        {
            tiny.Change((change.Field, change.Json));
            if (change.Outcome == Outcome.Refused)
            {
                var error = Assert.ThrowsAny<Exception>(() => tiny.Hidden(sequences));
                Assert.True(error is NotSupportedException or InvalidDataException, $"{change}: {error}");
                // A flag for tensors that are not there is refused by the first of their names.
                Assert.Contains(change.Field.EndsWith("_bias", StringComparison.Ordinal) ? ".bias'" : change.Field, error.Message);
                return;
            }
            var after = tiny.Hidden(sequences);
            if (change.Outcome == Outcome.Harmless)
                Assert.Equal(before, after);
            else
                Assert.NotEqual(before, after);
        });
    }

    [Theory]
    [InlineData("""{"hidden_size":16}""", "model_type")]
    [InlineData("""{"model_type":7}""", "model_type")]
    [InlineData("""{"model_type":"t5"}""", "'t5'")]
    [InlineData("""[]""", "an object was expected")]
    [InlineData("""{"model_type":""", "not valid JSON")]
    public void A_broken_configuration_is_named(string config, string expected)
    {
        using var tiny = new TinyEncoder("bert");
        File.WriteAllText(Path.Combine(tiny.Folder, "config.json"), config);
        var error = Assert.ThrowsAny<Exception>(() => Architectures.Load(tiny.Folder));
        Assert.True(error is NotSupportedException or InvalidDataException, error.ToString());
        Assert.Contains(expected, error.Message);
        Assert.Contains(tiny.Folder, error.Message);
    }
}
