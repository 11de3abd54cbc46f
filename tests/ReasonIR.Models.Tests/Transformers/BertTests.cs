using ReasonIR.Models.Bert;
using ReasonIR.Models.Export;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.Transformers;

public sealed class BertTests : IDisposable
{
    readonly TinyBert tiny = new();

    [Fact]
    public void A_missing_tensor_is_named()
    {
        using (var model = BertModel.Load(tiny.Folder))
            tiny.SaveWeights([.. model.ToWrite().Where(t => t.Name != "encoder.layer.1.output.dense.bias")]);
        var error = Assert.Throws<InvalidDataException>(() => BertModel.Load(tiny.Folder));
        Assert.Contains("'encoder.layer.1.output.dense.bias' is missing", error.Message);
    }

    [Fact]
    public void An_unknown_tensor_is_named()
    {
        using (var model = BertModel.Load(tiny.Folder))
            tiny.SaveWeights([.. model.ToWrite(), TensorToWrite.Floats("encoder.layer.2.output.dense.bias", new float[16], [16])]);
        var error = Assert.Throws<InvalidDataException>(() => BertModel.Load(tiny.Folder));
        Assert.Contains("'encoder.layer.2.output.dense.bias'", error.Message);
    }

    [Fact]
    public void A_tensor_of_another_shape_is_named_with_both()
    {
        using (var model = BertModel.Load(tiny.Folder))
            tiny.SaveWeights([.. model.ToWrite().Where(t => t.Name != "embeddings.LayerNorm.bias"), TensorToWrite.Floats("embeddings.LayerNorm.bias", new float[8], [8])]);
        var error = Assert.Throws<InvalidDataException>(() => BertModel.Load(tiny.Folder));
        Assert.Contains("'embeddings.LayerNorm.bias' has the shape [8]; [16] was expected", error.Message);
    }

    [Fact]
    public void A_checkpoint_of_a_model_with_a_head_loads_by_its_prefix()
    {
        var text = new[] { "a plain text" };
        using var plain = ModelFolder.Open(tiny.Folder);
        var expected = plain.Vectors(text);
        using (var model = BertModel.Load(tiny.Folder))
            tiny.SaveWeights([.. model.ToWrite().Select(t => t with { Name = "bert." + t.Name }), TensorToWrite.Floats("cls.predictions.bias", new float[64], [64])]);
        using var prefixed = ModelFolder.Open(tiny.Folder);
        Assert.Equal(expected, prefixed.Vectors(text));
    }

    [Theory]
    [InlineData("hidden_act", "gelu_new")]
    [InlineData("position_embedding_type", "relative_key")]
    public void A_variation_without_an_implementation_is_refused_by_name(string field, string value)
    {
        tiny.Write("config.json", new Dictionary<string, object> { ["model_type"] = "bert", [field] = value });
        var error = Assert.Throws<NotSupportedException>(() => BertModel.Load(tiny.Folder));
        Assert.Contains($"{field} '{value}'", error.Message);
    }

    [Fact]
    public void Vectors_do_not_depend_on_the_company()
    {
        using var encoder = ModelFolder.Open(tiny.Folder);
        string[] texts = [.. Enumerable.Range(1, 300).Select(n => string.Concat(Enumerable.Repeat("word and more ", n % 13 + 1)) + n)];
        var all = encoder.Vectors(texts);
        foreach (var i in new[] { 0, 7, 12, 299 })
        {
            var alone = encoder.Vectors([texts[i]]);
            for (var d = 0; d < encoder.Dimension; d++)
                Assert.Equal(alone[d], all[i * encoder.Dimension + d], 1e-5f);
        }
    }

    [Fact]
    public void A_text_is_cut_to_the_limit_and_keeps_its_special_tokens()
    {
        var tokens = new TextTokens(ReasonIR.Tokenizers.Tokenizer.Load(Path.Combine(tiny.Folder, "tokenizer.json")), 40);
        Assert.Equal([2, 4, 5, 3], tokens.Encode("a b c d e f", limit: 4).Ids);
        Assert.Equal(8, tokens.Count("a b c d e f", ""));
        Assert.Equal(new TokenizedText([2, 4, 5, 6, 3], 3).Prompt, tokens.Encode("c", "a b ").Prompt);
        Assert.Throws<ArgumentException>(() => tokens.Encode("a", limit: 2));
    }

    [Fact]
    public void A_plain_folder_is_saved_as_a_sentence_transformers_one_with_the_same_weights()
    {
        var source = SentenceTransformersFolder.Open(tiny.Folder);
        var target = Path.Combine(tiny.Folder, "saved");
        using (var model = SentenceModel.Load(source))
            ModelExport.Write(model, ExportSource.Of(source), target);
        using var before = ModelFolder.Open(tiny.Folder);
        using var after = ModelFolder.Open(target);
        var (raw, unit) = (before.Vectors(["some text"]), after.Vectors(["some text"]));
        Assert.True(after.Description.Normalized);
        var norm = Math.Sqrt(raw.Sum(x => (double)x * x));
        for (var d = 0; d < raw.Length; d++)
            Assert.Equal(raw[d] / norm, unit[d], 1e-6);
        var config = File.ReadAllText(Path.Combine(target, "config.json"));
        Assert.Contains("\"BertModel\"", config);
        Assert.Contains("float32", config);
    }

    [Fact]
    public void Encoding_leaves_no_tensor_behind()
    {
        using var encoder = ModelFolder.Open(tiny.Folder);
        encoder.Vectors(["first"]);
        var before = torch.Tensor.TotalCount;
        for (var i = 0; i < 20; i++)
            encoder.Vectors(["one", "two words", "and three words"]);
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    [Fact]
    public void Callers_on_many_threads_get_their_own_vectors()
    {
        using var encoder = ModelFolder.Open(tiny.Folder);
        var expected = Enumerable.Range(0, 8).Select(n => encoder.Vectors([$"text {(char)('a' + n)}"])).ToArray();
        Parallel.For(0, 64, i => Assert.Equal(expected[i % 8], encoder.Vectors([$"text {(char)('a' + i % 8)}"])));
    }

    [Fact]
    public void Cancelling_ends_encoding()
    {
        using var encoder = ModelFolder.Open(tiny.Folder);
        Assert.Throws<OperationCanceledException>(() => encoder.Encode(["text"], cancellationToken: new CancellationToken(true)));
    }

    public void Dispose() => tiny.Dispose();
}
