using ReasonIR.Models.Decoders;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Tests.Transformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Testing;
using ReasonIR.Torch;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.Decoders;

public sealed class DecoderModelTests
{
    [Theory, MemberData(nameof(TinyDecoder.Families), MemberType = typeof(TinyDecoder))]
    public void A_folder_gives_the_model_back(string family)
    {
        var config = TinyDecoder.Config(family);
        using var folder = new TinyDecoder(config);
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var written = TinyDecoder.Model(config);
        using var read = DecoderModel.Load(folder.Folder, new());
        Assert.Equal(config, read.Config);
        Assert.Equal(written.named_parameters().Select(p => p.name), read.named_parameters().Select(p => p.name));
        var ids = TinyDecoder.Sequences(2, 25)[0];
        Assert.Equal(DecoderPropertyTests.States(written, ids), DecoderPropertyTests.States(read, ids));
    }

    [Fact]
    public void A_missing_tensor_is_named_with_the_prefix_of_a_model_with_a_head()
    {
        using var tiny = new TinyDecoder(TinyDecoder.Config("qwen3"));
        Resave(tiny, tensors => tensors.Where(t => t.Name != "layers.1.self_attn.k_norm.weight").Select(t => t with { Name = "model." + t.Name })
            .Append(TensorToWrite.Floats("lm_head.weight", new float[64 * 32], [64, 32])));
        Assert.Contains("'model.layers.1.self_attn.k_norm.weight' is missing", Assert.Throws<InvalidDataException>(() => DecoderModel.Load(tiny.Folder, new())).Message);
    }

    [Fact]
    public void A_head_and_stored_frequencies_are_passed_over_and_any_other_tensor_is_named()
    {
        using var tiny = new TinyDecoder(TinyDecoder.Config("llama"));
        Resave(tiny, tensors => tensors.Select(t => t with { Name = "model." + t.Name })
            .Append(TensorToWrite.Floats("lm_head.weight", new float[64 * 32], [64, 32])).Append(TensorToWrite.Floats("model.layers.0.self_attn.rotary_emb.inv_freq", new float[6], [6])));
        DecoderModel.Load(tiny.Folder, new()).Dispose();
        Resave(tiny, tensors => tensors.Append(TensorToWrite.Floats("model.layers.0.self_attn.q_proj.bias", new float[48], [48])));
        Assert.Contains("'model.layers.0.self_attn.q_proj.bias'", Assert.Throws<InvalidDataException>(() => DecoderModel.Load(tiny.Folder, new())).Message);
    }

    [Fact]
    public void A_tensor_of_another_shape_is_named_with_both()
    {
        using var tiny = new TinyDecoder(TinyDecoder.Config("llama"));
        Resave(tiny, tensors => tensors.Where(t => t.Name != "layers.2.mlp.up_proj.weight").Append(TensorToWrite.Floats("layers.2.mlp.up_proj.weight", new float[32 * 40], [40, 32])));
        Assert.Contains("'layers.2.mlp.up_proj.weight' has the shape [40, 32]; [48, 32] was expected", Assert.Throws<InvalidDataException>(() => DecoderModel.Load(tiny.Folder, new())).Message);
    }

    [Fact]
    public void Sizes_that_the_weights_do_not_have_allocate_nothing()
    {
        using var tiny = new TinyDecoder(TinyDecoder.Config("llama"));
        tiny.Write("config.json", DecoderConfigWriter.Write(TinyDecoder.Config("llama") with { VocabularySize = 1 << 22, HiddenSize = 1 << 22, IntermediateSize = 1 << 22 }));
        Assert.Contains("embed_tokens.weight", Assert.Throws<InvalidDataException>(() => DecoderModel.Load(tiny.Folder, new())).Message);
        tiny.Write("config.json", DecoderConfigWriter.Write(TinyDecoder.Config("llama") with { Layers = 1 << 20, Windows = new(new int?[1 << 20]) }));
        Assert.Contains("layers.1048575", Assert.Throws<InvalidDataException>(() => DecoderModel.Load(tiny.Folder, new())).Message);
    }

    [Theory]
    [InlineData(torch.ScalarType.BFloat16)]
    [InlineData(torch.ScalarType.Float32)]
    public void Weights_are_held_in_the_type_asked_for(torch.ScalarType stored)
    {
        using var tiny = new TinyDecoder(TinyDecoder.Config("gemma2"));
        using var model = DecoderModel.Load(tiny.Folder, new(Stored: stored));
        Assert.All(model.parameters(), p => Assert.Equal(stored, p.dtype));
    }

    [Fact]
    public void Random_weights_are_drawn_as_the_library_draws_them()
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(5);
        var undisturbed = torch.rand([4]).data<float>().ToArray();
        torch.manual_seed(5);
        var config = TinyDecoder.Config("llama-biased") with { HiddenSize = 256, InitializerRange = 0.02, PadId = 3 };
        using var model = DecoderModel.Random(config, 7);
        Assert.Equal(undisturbed, torch.rand([4]).data<float>().ToArray());
        foreach (var (name, parameter) in model.named_parameters())
        {
            var values = parameter.data<float>().ToArray();
            if (name.EndsWith(".bias", StringComparison.Ordinal))
                Assert.All(values, v => Assert.Equal(0, v));
            else if (name.EndsWith("norm.weight", StringComparison.Ordinal))
                Assert.All(values, v => Assert.Equal(1, v));
            else
            {
                Assert.InRange(values.Average(), -0.002, 0.002);
                Assert.InRange(Math.Sqrt(values.Average(v => (double)v * v)), 0.0185, 0.0215);
            }
        }
        Assert.All(model.named_parameters().First().parameter.data<float>().ToArray()[(3 * 256)..(4 * 256)], v => Assert.Equal(0, v));
        using var same = DecoderModel.Random(config, 7);
        using var other = DecoderModel.Random(config, 8);
        float[] Query(DecoderModel m) => m.named_parameters().First(p => p.name == "layers.0.self_attn.q_proj.weight").parameter.data<float>().ToArray();
        Assert.Equal(Query(model), Query(same));
        Assert.NotEqual(Query(model), Query(other));
        using var gemma = DecoderModel.Random(TinyDecoder.Config("gemma2"), 1);
        Assert.All(gemma.named_parameters().Last().parameter.data<float>().ToArray(), v => Assert.Equal(0, v));
    }

    [Fact]
    public void A_real_model_of_the_hub_loads()
    {
        var folder = SharedData.Require("data/models/tiny-llama-arithmetic");
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var model = Architectures.Load(folder);
        Assert.Equal((128, 16, 2048), (model.HiddenSize, model.VocabularySize, model.MaxPositions));
        var states = model.call(PackedBatch.From([[3, 4, 5, 6], [7, 8]])).data<float>().ToArray();
        Assert.Equal(6 * 128, states.Length);
        Assert.All(states, x => Assert.True(float.IsFinite(x)));
    }

    [Fact]
    public void A_folder_with_prompts_and_an_excluding_pooling_is_served_as_an_instruction_following_model()
    {
        using var tiny = new TinyDecoder(TinyDecoder.Config("llama") with { Bidirectional = true });
        tiny.Write("modules.json", new[]
        {
            new { idx = 0, name = "0", path = "", type = "sentence_transformers.models.Transformer" },
            new { idx = 1, name = "1", path = "1_Pooling", type = "sentence_transformers.models.Pooling" },
            new { idx = 2, name = "2", path = "2_Normalize", type = "sentence_transformers.models.Normalize" },
        });
        tiny.Write("1_Pooling/config.json", new { word_embedding_dimension = 32, pooling_mode_mean_tokens = true, include_prompt = false });
        tiny.Write("config_sentence_transformers.json", new { prompts = new { query = "q {instruction} : ", document = "d : " } });
        using var encoder = ModelFolder.Open(tiny.Folder);
        float[] Vector(string text, EncodeOptions options) => encoder.Encode([text], options, TestContext.Current.CancellationToken);
        var instructed = Vector("a b", new(PromptName: "query", Instruction: "x y"));
        Assert.Equal(instructed, Vector("a b", new(Prompt: "q x y : ")));
        Assert.Equal(instructed, Vector("a b", new(Instruction: "x y")));
        Assert.NotEqual(instructed, Vector("a b", new(PromptName: "query", Instruction: "x z")));
        Assert.NotEqual(instructed, Vector("a b", new(PromptName: "document")));
        Assert.Contains("none was given", Assert.Throws<ArgumentException>(() => Vector("a", new(PromptName: "query"))).Message);
        Assert.Contains("no place", Assert.Throws<ArgumentException>(() => Vector("a", new(PromptName: "document", Instruction: "x"))).Message);

        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var model = DecoderModel.Load(tiny.Folder, new());
        Assert.True(model.Bidirectional);
        var ids = encoder.Tokenize("a b", new(Instruction: "x y"));
        // [CLS] q x y : counted as the prompt's; the mean is over a, b and [SEP].
        var states = DecoderPropertyTests.States(model, ids.Ids).Chunk(32).Skip(ids.Prompt).ToArray();
        Assert.Equal((8, 5), (ids.Ids.Length, ids.Prompt));
        var mean = Enumerable.Range(0, 32).Select(d => states.Average(s => (double)s[d])).ToArray();
        var length = Math.Sqrt(mean.Sum(x => x * x));
        for (var d = 0; d < 32; d++)
            Assert.Equal(mean[d] / length, instructed[d], 1e-5);

        // A word of 101 letters is unknown to the vocabulary, one of 100 is not: the text joins the prompt's last word and changes it.
        var refused = Assert.Throws<UnstablePromptException>(() => Vector("b", new(Prompt: "d : " + new string('a', 100))));
        Assert.Contains("change when this text follows", refused.Message);
        Assert.Contains("\"b\"", refused.Message);
    }

    static void Resave(TinyDecoder tiny, Func<IEnumerable<TensorToWrite>, IEnumerable<TensorToWrite>> change)
    {
        var path = Path.Combine(tiny.Folder, "model.safetensors");
        List<TensorToWrite> tensors;
        using (var file = SafetensorsFile.Open(path))
            tensors = [.. file.Tensors.Values.Select(t => TensorToWrite.Floats(t.Name, file.ReadFloats(t.Name), t.Shape))];
        SafetensorsWriter.Save(path, change(tensors));
    }
}
