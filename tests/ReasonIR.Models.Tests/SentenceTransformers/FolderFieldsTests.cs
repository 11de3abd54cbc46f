using ReasonIR.Models.SentenceTransformers;
using Xunit;

namespace ReasonIR.Models.Tests.SentenceTransformers;

/// <summary>Every file and field of the layout: read, without effect, or refused by name.</summary>
public sealed class FolderFieldsTests : IDisposable
{
    readonly TinySentenceFolder tiny = new();

    public FolderFieldsTests()
    {
        tiny.Modules("Pooling", "Normalize");
        tiny.Write("1_Pooling/config.json", new { pooling_mode = "mean", embedding_dimension = 16 });
    }

    public void Dispose() => tiny.Dispose();

    [Theory]
    [InlineData("LayerNorm")]
    [InlineData("Dropout")]
    [InlineData("WeightedLayerPooling")]
    [InlineData("CNN")]
    [InlineData("my_package.models.Pooling")]
    public void A_module_that_is_not_known_is_refused_by_name(string kind)
    {
        tiny.Modules("Pooling", kind);
        Assert.Contains($"'{kind}'", Assert.Throws<NotSupportedException>(() => ModelFolder.Open(tiny.Folder)).Message);
    }

    [Theory]
    [InlineData("Normalize")]
    [InlineData("Dense", "Pooling")]
    [InlineData("Pooling", "Pooling")]
    [InlineData("Pooling", "Transformer")]
    public void Modules_in_another_order_are_refused(params string[] kinds)
    {
        tiny.Modules(kinds);
        Assert.Contains("in this order", Assert.Throws<NotSupportedException>(() => ModelFolder.Open(tiny.Folder)).Message);
    }

    [Theory]
    [InlineData("""[{"path":"../x","type":"sentence_transformers.models.Transformer"}]""", "leads out")]
    [InlineData("""[{"path":"/etc","type":"sentence_transformers.models.Transformer"}]""", "leads out")]
    [InlineData("""[{"path":""}]""", "[0].type")]
    [InlineData("""{}""", "an array of modules")]
    public void A_list_of_modules_that_leads_astray_is_named(string json, string expected)
    {
        tiny.Write("modules.json", json);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => ModelFolder.Open(tiny.Folder)).Message);
    }

    [Theory]
    [InlineData("1_Pooling/config.json", """{"pooling_mode":"attention"}""", "'attention'")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode":"mean","pooling_mode_first_last":true}""", "pooling_mode_first_last")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode":"mean","embedding_dimension":17}""", "17")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode":[]}""", "pooling_mode")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode":7}""", "pooling_mode")]
    [InlineData("1_Pooling/config.json", """{"include_prompt":"no"}""", "include_prompt")]
    [InlineData("2_Normalize/config.json", """{"module_input_name":"token_embeddings"}""", "'token_embeddings'")]
    [InlineData("2_Normalize/config.json", """{"p":1}""", "p '1'")]
    [InlineData("sentence_bert_config.json", """{"transformer_task":"fill-mask"}""", "'fill-mask'")]
    [InlineData("sentence_bert_config.json", """{"query_length":32}""", "query_length '32'")]
    [InlineData("sentence_bert_config.json", """{"document_length":32}""", "document_length '32'")]
    [InlineData("sentence_bert_config.json", """{"query_expansion":{"strategy":"fixed","length":32}}""", "query_expansion")]
    [InlineData("sentence_bert_config.json", """{"processing_kwargs":{"text":{"padding":"max_length"}}}""", "processing_kwargs")]
    [InlineData("sentence_bert_config.json", """{"module_output_name":"sentence_embedding"}""", "'sentence_embedding'")]
    [InlineData("sentence_bert_config.json", """{"modality_config":{"text":{"method":"get_text_features"}}}""", "'get_text_features'")]
    [InlineData("sentence_bert_config.json", """{"modality_config":{"text":{"method":"forward","method_output_name":"pooler_output"}}}""", "'pooler_output'")]
    [InlineData("sentence_bert_config.json", """{"modality_config":{"text":{},"message":{"format":"flat"}}}""", "'message'")]
    [InlineData("sentence_bert_config.json", """{"modality_config":{"image":{}}}""", "'text'")]
    [InlineData("sentence_bert_config.json", """{"config_args":{"num_hidden_layers":1}}""", "config_args.num_hidden_layers '1'")]
    [InlineData("sentence_bert_config.json", """{"model_kwargs":{"quantization_config":{}}}""", "model_kwargs.quantization_config")]
    [InlineData("sentence_bert_config.json", """{"own_field":1}""", "own_field '1'")]
    [InlineData("sentence_bert_config.json", """{"max_seq_length":0}""", "max_seq_length")]
    [InlineData("sentence_bert_config.json", """[]""", "an object was expected")]
    [InlineData("tokenizer_config.json", """{"model_max_length":-1}""", "model_max_length")]
    [InlineData("tokenizer_config.json", """{"truncation_side":"middle"}""", "truncation_side")]
    [InlineData("config_sentence_transformers.json", """{"similarity_fn_name":"maxsim"}""", "'maxsim'")]
    [InlineData("config_sentence_transformers.json", """{"prompts":{"query":"q: "},"default_prompt_name":"document"}""", "'document'")]
    [InlineData("config_sentence_transformers.json", """{"prompts":{"query":7}}""", "prompts.query")]
    [InlineData("config_sentence_transformers.json", """{"prompts":["q"]}""", "prompts")]
    [InlineData("config_sentence_transformers.json", """{"model_type":"SparseEncoder"}""", "'SparseEncoder'")]
    [InlineData("config_sentence_transformers.json", """{"model_type":"MultiVectorEncoder"}""", "'MultiVectorEncoder'")]
    public void A_setting_that_would_change_the_vectors_is_refused_by_name(string file, string json, string expected)
    {
        tiny.Write(file, json);
        var error = Assert.ThrowsAny<Exception>(() => ModelFolder.Open(tiny.Folder));
        Assert.True(error is NotSupportedException or InvalidDataException, error.ToString());
        Assert.Contains(expected, error.Message);
        Assert.Contains(Path.GetFileName(file) == "config.json" ? "config.json" : file, error.Message);
    }

    [Theory]
    [InlineData("sentence_bert_config.json", """{"max_seq_length":null,"do_lower_case":false}""")]
    [InlineData("sentence_bert_config.json", """{"max_seq_length":48}""")]
    [InlineData("sentence_bert_config.json", """{"max_seq_length":4000}""")]
    [InlineData("sentence_bert_config.json", """{"transformer_task":"feature-extraction","modality_config":{"text":{"method":"forward","method_output_name":"last_hidden_state"}},"module_output_name":"token_embeddings","unpad_inputs":true}""")]
    [InlineData("sentence_bert_config.json", """{"model_args":{"torch_dtype":"bfloat16","attn_implementation":"sdpa"},"tokenizer_args":{"padding_side":"left"},"config_args":{"trust_remote_code":true}}""")]
    [InlineData("sentence_bert_config.json", """{"query_length":null,"query_expansion":null,"processing_kwargs":{}}""")]
    [InlineData("tokenizer_config.json", """{"model_max_length":1000000000000000019884624838656,"truncation_side":"right"}""")]
    [InlineData("config_sentence_transformers.json", """{"__version__":{"pytorch":"2"},"prompts":{"query":null,"document":""},"default_prompt_name":null,"similarity_fn_name":"dot","model_type":"SentenceTransformer"}""")]
    [InlineData("2_Normalize/config.json", """{"module_input_name":"sentence_embedding","module_output_name":"sentence_embedding"}""")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode":"mean","include_prompt":true}""")]
    public void A_setting_without_effect_has_none(string file, string json)
    {
        var before = tiny.Vector("a b c");
        tiny.Write(file, json);
        Assert.Equal(before, tiny.Vector("a b c"));
    }

    [Fact]
    public void The_limit_comes_from_where_each_version_keeps_it()
    {
        Assert.Equal(48, MaxTokens());
        tiny.Write("tokenizer_config.json", new { model_max_length = 20 });
        Assert.Equal(20, MaxTokens());
        tiny.Write("sentence_roberta_config.json", new { max_seq_length = 30 });
        Assert.Equal(30, MaxTokens());
        tiny.Write("sentence_bert_config.json", new { max_seq_length = 10 });
        Assert.Equal(10, MaxTokens());
        tiny.Write("sentence_bert_config.json", new { max_seq_length = 1000 });
        Assert.Equal(48, MaxTokens());

        int MaxTokens()
        {
            using var model = ModelFolder.Open(tiny.Folder);
            return model.MaxTokens;
        }
    }

    [Fact]
    public void The_transformers_settings_lie_beside_it()
    {
        Directory.CreateDirectory(Path.Combine(tiny.Folder, "0_Transformer"));
        var before = tiny.Vector("a b c");
        foreach (var name in new[] { "config.json", "model.safetensors", "tokenizer.json" })
            File.Move(Path.Combine(tiny.Folder, name), Path.Combine(tiny.Folder, "0_Transformer", name));
        tiny.Write("modules.json", """[{"idx":0,"name":"0","path":"0_Transformer","type":"sentence_transformers.models.Transformer"},{"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},{"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]""");
        tiny.Write("0_Transformer/sentence_bert_config.json", new { max_seq_length = 12 });
        tiny.Write("sentence_bert_config.json", new { max_seq_length = 7 });
        Assert.Equal(before, tiny.Vector("a b c"));
        using var model = ModelFolder.Open(tiny.Folder);
        Assert.Equal(12, model.MaxTokens);
    }

    [Fact]
    public void The_side_that_is_cut_is_the_tokenizer_configurations()
    {
        tiny.Write("sentence_bert_config.json", new { max_seq_length = 4 });
        var right = tiny.Vector("a b");
        Assert.Equal(right, tiny.Vector("a b c d"));
        tiny.Write("tokenizer_config.json", new { truncation_side = "left" });
        Assert.Equal(right, tiny.Vector("d c a b"));
        Assert.NotEqual(right, tiny.Vector("a b c d"));
    }

    [Fact]
    public void A_model_keeps_how_its_vectors_are_compared()
    {
        foreach (var (name, expected) in new[] { ("dot", SimilarityFunction.Dot), ("cosine", SimilarityFunction.Cosine), ("euclidean", SimilarityFunction.Euclidean), ("manhattan", SimilarityFunction.Manhattan) })
        {
            tiny.Write("config_sentence_transformers.json", new { similarity_fn_name = name });
            Assert.Equal(expected, SentenceTransformersFolder.Open(tiny.Folder).Similarity);
        }
        tiny.Remove("config_sentence_transformers.json");
        Assert.Equal(SimilarityFunction.Cosine, SentenceTransformersFolder.Open(tiny.Folder).Similarity);
    }

    [Fact]
    public void Dense_weights_that_do_not_fit_are_named()
    {
        tiny.Modules("Pooling", "Dense");
        tiny.Write("2_Dense/config.json", new { in_features = 16, out_features = 4, bias = true, activation_function = "torch.nn.modules.activation.Tanh" });
        Assert.Contains("model.safetensors: the file is missing", Assert.Throws<InvalidDataException>(() => ModelFolder.Open(tiny.Folder)).Message);
        tiny.Dense("2_Dense", 16, 5);
        Assert.Contains("[5, 16]; [4, 16]", Assert.Throws<InvalidDataException>(() => ModelFolder.Open(tiny.Folder)).Message);
        tiny.Dense("2_Dense", 16, 4, bias: false);
        Assert.Contains("'linear.bias'", Assert.Throws<InvalidDataException>(() => ModelFolder.Open(tiny.Folder)).Message);
        tiny.Dense("2_Dense", 16, 4, residual: new float[64]);
        Assert.Contains("'residual.weight'", Assert.Throws<InvalidDataException>(() => ModelFolder.Open(tiny.Folder)).Message);
        tiny.Dense("2_Dense", 12, 4);
        tiny.Write("2_Dense/config.json", new { in_features = 12, out_features = 4, activation_function = "torch.nn.modules.activation.Tanh" });
        Assert.Contains("takes 12 features; the one before gives 16", Assert.Throws<InvalidDataException>(() => ModelFolder.Open(tiny.Folder)).Message);
        tiny.Write("2_Dense/config.json", new { in_features = 16, out_features = 4, module_input_name = "token_embeddings" });
        Assert.Contains("module_input_name 'token_embeddings'", Assert.Throws<NotSupportedException>(() => ModelFolder.Open(tiny.Folder)).Message);
        tiny.Write("2_Dense/config.json", new { in_features = 16, out_features = 4, use_gate = true });
        Assert.Contains("use_gate", Assert.Throws<NotSupportedException>(() => ModelFolder.Open(tiny.Folder)).Message);
    }
}
