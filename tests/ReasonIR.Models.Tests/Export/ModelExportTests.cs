using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Export;
using ReasonIR.Models.Lora;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Tests.Decoders;
using ReasonIR.Models.Tests.Encoders;
using ReasonIR.Models.Tests.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Testing;
using ReasonIR.Torch;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.Export;

public sealed class ModelExportTests : IDisposable
{
    static readonly string[] Texts = ["a short text", "", "another text, which is a little longer than the first one", "x"];

    readonly string target = Path.Combine(Directory.CreateTempSubdirectory("reasonir-export-").FullName, "model");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(target)!, recursive: true);

    [Theory]
    [InlineData("bert", "bert", "BertModel", "Normalize")]
    [InlineData("st-dense", "bert", "BertModel", "Dense", "Normalize")]
    [InlineData("st-dense-v6", "bert", "BertModel", "Dense", "Normalize")]
    [InlineData("st-exclude-prompt", "bert", "BertModel", "Normalize")]
    [InlineData("st-cls", "bert", "BertModel", "Normalize")]
    [InlineData("st-last-token", "qwen3", "Qwen3Model", "Normalize")]
    [InlineData("llama-untied", "llama", "LlamaModel", "Normalize")]
    [InlineData("qwen2", "qwen2", "Qwen2Model", "Normalize")]
    [InlineData("xlm-roberta", "xlm-roberta", "XLMRobertaModel", "Normalize")]
    public void Folders_of_the_reference_are_exported_with_equal_embeddings(string name, string type, string architecture, params string[] modules)
    {
        var source = SentenceTransformersFolder.Open(Golden(name));
        using (var model = SentenceModel.Load(source))
            ModelExport.Write(model, ExportSource.Of(source), target, new(MaxShardBytes: 300_000));
        new ExportedFolder(target).Check(type, architecture, "float32", modules);
        Assert.True(File.Exists(Path.Combine(target, ShardIndex.FileName)));
        Assert.Equal(File.ReadAllBytes(Path.Combine(source.Path, "tokenizer.json")), File.ReadAllBytes(Path.Combine(target, "tokenizer.json")));

        using var before = ModelFolder.Open(source.Path);
        using var after = ModelFolder.Open(target);
        Assert.Equal((before.Dimension, before.MaxTokens, before.Prompts.Count), (after.Dimension, after.MaxTokens, after.Prompts.Count));
        foreach (var prompt in before.Prompts.Keys.Select(p => (string?)p).Append(null))
            Same(Unit(before, prompt), after.Encode(Texts, new(PromptName: prompt), TestContext.Current.CancellationToken), 1e-6);
    }

    [Fact]
    public void Weights_come_out_as_they_went_in()
    {
        // The numbers, not only what is computed with them: the reference's own file again, byte for byte.
        var source = SentenceTransformersFolder.Open(Golden("st-dense"));
        using (var model = SentenceModel.Load(source))
            ModelExport.Write(model, ExportSource.Of(source), target);
        Equal(Path.Combine(source.Path, "model.safetensors"), Path.Combine(target, "model.safetensors"));
        using (var theirs = SafetensorsFile.Open(Path.Combine(source.Path, "2_Dense/model.safetensors")))
        using (var written = SafetensorsFile.Open(Path.Combine(target, "2_Dense/model.safetensors")))
        {
            Assert.Equal(theirs.Tensors.Keys.Order(), written.Tensors.Keys.Order());
            Assert.All(theirs.Tensors.Keys, name => Assert.Equal(theirs.ReadFloats(name), written.ReadFloats(name)));
        }
        // Configurations: what the reference's own folder says, in the same spelling.
        Assert.Equal(Canonical(Path.Combine(source.Path, "modules.json")), Canonical(Path.Combine(target, "modules.json")));
        foreach (var file in new[] { "config.json", "1_Pooling/config.json", "2_Dense/config.json", "sentence_bert_config.json" })
            Assert.Equal(Fields(Path.Combine(source.Path, file)).Order(), Fields(Path.Combine(target, file)).Order());
        Assert.Equal(Fields(Path.Combine(source.Path, "config_sentence_transformers.json")).Append("""model_type="SentenceTransformer" """.Trim()).Order(), Fields(Path.Combine(target, "config_sentence_transformers.json")).Order());

        // bf16 weights, held in bf16, are the same file too.
        var half = SentenceTransformersFolder.Open(Golden("llama-bf16"));
        using (var model = SentenceModel.Load(half, new(torch.ScalarType.BFloat16, torch.ScalarType.BFloat16)))
            ModelExport.Write(model, ExportSource.Of(half), target);
        Equal(Path.Combine(half.Path, "model.safetensors"), Path.Combine(target, "model.safetensors"));
        new ExportedFolder(target).Check("llama", "LlamaModel", "bfloat16", "Normalize");
    }

    [Theory]
    [InlineData(TensorType.BF16, "bfloat16", 0.01)]
    [InlineData(TensorType.F16, "float16", 0.002)]
    public void Weights_are_rounded_to_the_type_that_is_asked_for(TensorType type, string name, double within)
    {
        var source = SentenceTransformersFolder.Open(Golden("st-dense-v6"));
        using (var model = SentenceModel.Load(source))
            ModelExport.Write(model, ExportSource.Of(source), target, new(type));
        new ExportedFolder(target).Check("bert", "BertModel", name, "Dense", "Normalize");
        using var before = ModelFolder.Open(source.Path);
        using var after = ModelFolder.Open(target);
        Same(Unit(before, null), after.Encode(Texts, cancellationToken: TestContext.Current.CancellationToken), within);
        using (var file = SafetensorsFile.Open(Path.Combine(target, "2_Dense/model.safetensors")))
            Assert.Equal(type, file.Get("linear.weight").Type);
        using var again = SentenceModel.Load(source);
        Assert.Contains("I64", Assert.Throws<ArgumentException>(() => ModelExport.Write(again, ExportSource.Of(source), target, new(TensorType.I64))).Message);
    }

    [Fact]
    public void A_merged_adapter_is_exported_and_an_unmerged_one_is_not()
    {
        using var tiny = new TinyDecoder(TinyDecoder.Config("llama"));
        var source = SentenceTransformersFolder.Open(tiny.Folder);
        using var model = SentenceModel.Load(source, new(Bidirectional: true));
        LoraAdapter.Create(model.Transformer, new LoraConfig { Rank = 2, Alpha = 8, Targets = LoraTargets.All }, 3);
        using (torch.no_grad())
            foreach (var (name, parameter) in model.Transformer.named_parameters().Where(p => p.name.EndsWith("lora_B.weight", StringComparison.Ordinal)))
                parameter.fill_(0.05);
        var batch = new[] { 5, 9, 13 };
        var expected = Vector(model, batch);
        Assert.Contains("adapter", Assert.Throws<InvalidOperationException>(() => ModelExport.Write(model, ExportSource.Of(source), target)).Message);
        LoraAdapter.Merge(model.Transformer);
        ModelExport.Write(model, ExportSource.Of(source), target, new(MaxShardBytes: 4096));
        new ExportedFolder(target).Check("llama", "LlamaModel", "float32", "Normalize");
        using var again = SentenceModel.Load(SentenceTransformersFolder.Open(target));
        Same(expected, Vector(again, batch), 1e-5);
        // It was trained to see both ways, and the file says so without being asked.
        Assert.True(again.Transformer.Bidirectional);
        Assert.Contains("\"is_causal\": false", File.ReadAllText(Path.Combine(target, "config.json")));

        static float[] Vector(SentenceModel model, int[] ids)
        {
            using var scope = torch.NewDisposeScope();
            using var mode = torch.no_grad();
            return model.Encode(PackedBatch.From([ids]), normalize: true).data<float>().ToArray();
        }
    }

    [Fact]
    public void A_model_from_scratch_gets_all_that_it_has_no_source_for()
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        var config = TinyDecoder.Config("llama") with { Bidirectional = true, PadId = 0 };
        using var transformer = DecoderModel.Random(config, 5);
        using var model = new SentenceModel(transformer, PoolingMode.Mean, includePrompt: false, normalize: true);
        var tokenizer = JsonSerializer.SerializeToUtf8Bytes(TinyTokenizer.Json());
        var prompts = new PromptSet(new Dictionary<string, string> { ["query"] = "q: ", ["document"] = "" }, "document");
        ModelExport.Write(model, ExportSource.FromScratch(DecoderConfigWriter.Write(config), tokenizer, maxTokens: 100, prompts), target);
        new ExportedFolder(target).Check("llama", "LlamaModel", "float32", "Normalize");
        using (var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(target, "tokenizer_config.json"))))
            foreach (var (role, token) in new[] { ("pad_token", "[PAD]"), ("unk_token", "[UNK]"), ("cls_token", "[CLS]"), ("sep_token", "[SEP]"), ("tokenizer_class", "PreTrainedTokenizerFast") })
                Assert.Equal(token, json.RootElement.GetProperty(role).GetString());
        using var encoder = ModelFolder.Open(target);
        Assert.Equal((100, true, "q: ", "mean"), (encoder.MaxTokens, encoder.Normalized, encoder.Prompts["query"], encoder.Description.Pooling));
        Assert.Throws<InvalidDataException>(() => ExportSource.FromScratch([], "{"u8.ToArray()));
    }

    [Fact]
    public void Options_replace_what_the_source_says()
    {
        using var tiny = new TinySentenceFolder();
        tiny.Modules("Pooling");
        tiny.Write("1_Pooling/config.json", new { embedding_dimension = 16, pooling_mode = new[] { "lasttoken", "mean" }, include_prompt = false });
        tiny.Write("config_sentence_transformers.json", new { truncate_dim = 20, similarity_fn_name = "dot", prompts = new { old = "o" } });
        tiny.Write("LICENSE", "text of a license");
        var source = SentenceTransformersFolder.Open(tiny.Folder);
        using (var model = SentenceModel.Load(source))
            ModelExport.Write(model, ExportSource.Of(source), target, new()
            {
                Prompts = new(new Dictionary<string, string> { ["query"] = "Frage: \"ä\"\n" }, "query"), MaxTokens = 33, Similarity = SimilarityFunction.Euclidean,
            });
        // The order of the poolings is one that only version 6 can write.
        Assert.Contains("\"pooling_mode\": [", File.ReadAllText(Path.Combine(target, "1_Pooling/config.json")));
        new ExportedFolder(target).Check("bert", "BertModel", "float32");
        var folder = SentenceTransformersFolder.Open(target);
        Assert.Equal(("Frage: \"ä\"\n", "query", 33, SimilarityFunction.Euclidean, 20), (folder.Prompts.Prompts["query"], folder.Prompts.DefaultName, folder.MaxTokens, folder.Similarity, folder.TruncateDimension));
        Assert.Equal("text of a license", File.ReadAllText(Path.Combine(target, "LICENSE")));
        Assert.Equal(tiny.Vector("a b", new(Prompt: "")), Encode(""));

        float[] Encode(string prompt)
        {
            using var model = ModelFolder.Open(target);
            return model.Encode(["a b"], new(Prompt: prompt), TestContext.Current.CancellationToken);
        }
    }

    static string Golden(string name)
    {
        var folder = SharedData.Require($"golden/models/{name}");
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        return folder;
    }

    static float[] Unit(ITextEncoder encoder, string? prompt)
    {
        var vectors = encoder.Encode(Texts, new(PromptName: prompt), TestContext.Current.CancellationToken);
        for (var i = 0; i < Texts.Length; i++)
        {
            var row = vectors.AsSpan(i * encoder.Dimension, encoder.Dimension);
            System.Numerics.Tensors.TensorPrimitives.Divide(row, System.Numerics.Tensors.TensorPrimitives.Norm<float>(row), row);
        }
        return vectors;
    }

    static void Same(float[] expected, float[] actual, double within)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], within);
    }

    static void Equal(string expected, string actual) => Assert.Equal(File.ReadAllBytes(expected), File.ReadAllBytes(actual));

    static string Canonical(string path) => JsonNode.Parse(File.ReadAllText(path, Encoding.UTF8))!.ToJsonString();

    static IEnumerable<string> Fields(string path) => JsonNode.Parse(File.ReadAllText(path))!.AsObject().Select(f => $"{f.Key}={f.Value?.ToJsonString() ?? "null"}");
}
