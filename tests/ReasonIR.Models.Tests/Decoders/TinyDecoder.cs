using ReasonIR.Models.Decoders;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Tests.Transformers;
using ReasonIR.Torch;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.Decoders;

/// <summary>Small random decoders of every family; the weights are larger than usual, so that a mistake shows. Skips where libtorch is absent.</summary>
public sealed class TinyDecoder : IDisposable
{
    /// <param name="config">What the folder's model computes.</param>
    /// <param name="seed">Of its weights.</param>
    public TinyDecoder(DecoderConfig config, long seed = 1)
    {
        Folder = Directory.CreateTempSubdirectory("reasonir-decoder-").FullName;
        Write("config.json", DecoderConfigWriter.Write(config));
        Write("tokenizer.json", TinyBert.Tokenizer());
        using var model = Model(config, seed);
        SafetensorsWriter.Save(Path.Combine(Folder, "model.safetensors"), model.ToWrite());
    }

    /// <summary>Every family, with what is its own switched on.</summary>
    public static TheoryData<string> Families => ["llama", "llama-biased", "llama3-scaling", "qwen2", "qwen2-sliding", "qwen3", "mistral-sliding", "gemma2"];

    public string Folder { get; }

    public void Write(string name, object json)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Folder, name))!);
        File.WriteAllText(Path.Combine(Folder, name), System.Text.Json.JsonSerializer.Serialize(json));
    }

    public static DecoderConfig Config(string family)
    {
        var config = new DecoderConfig
        {
            ModelType = family.Split('-')[0], VocabularySize = 64, HiddenSize = 32, Layers = 3, Heads = 4, KeyValueHeads = 2, HeadWidth = 8, IntermediateSize = 48, MaxPositions = 2048,
            NormEps = 1e-6, Rotary = new(10_000), AttentionScale = 1 / Math.Sqrt(8), Windows = new(new int?[3]), InitializerRange = 0.15,
        };
        return family switch
        {
            "llama" => config with { HeadWidth = 12, AttentionScale = 1 / Math.Sqrt(12), PadId = 0 },
            "llama-biased" => config with { QueryKeyValueBias = true, OutputBias = true, PerceptronBias = true, KeyValueHeads = 4 },
            "llama3-scaling" => config with { ModelType = "llama", Rotary = new(500_000, new Llama3Scaling(8, 1, 4, 64)), KeyValueHeads = 1 },
            "qwen2" => config with { QueryKeyValueBias = true, Rotary = new(1_000_000) },
            "qwen2-sliding" => config with { QueryKeyValueBias = true, Windows = new([null, 5, 5]) },
            "qwen3" => config with { HeadNorms = true, HeadWidth = 16, AttentionScale = 0.25 },
            "mistral-sliding" => config with { Windows = new([6, 6, 6]), Rotary = new(10_000, new LinearScaling(2)) },
            "gemma2" => config with
            {
                OuterNorms = true, NormOffset = 1, EmbeddingScale = Math.Sqrt(32), AttentionScale = 1 / Math.Sqrt(6), AttentionSoftCap = 5, Windows = new([7, null, 7]), Activation = Gate.GeluTanh,
            },
            _ => throw new ArgumentException(family),
        };
    }

    /// <summary>A model whose norms and biases are drawn too.</summary>
    public static DecoderModel Model(DecoderConfig config, long seed = 1, Models.Transformers.ModelOptions? options = null)
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        var model = DecoderModel.Random(config, seed, options);
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        torch.manual_seed(seed + 1);
        foreach (var (name, parameter) in model.named_parameters())
            if (name.EndsWith("bias", StringComparison.Ordinal) || name.EndsWith("norm.weight", StringComparison.Ordinal))
                parameter.add_(torch.randn(parameter.shape).to(parameter.dtype) * 0.1);
        return model;
    }

    /// <summary>Sequences of random tokens.</summary>
    public static int[][] Sequences(int seed, params ReadOnlySpan<int> lengths)
    {
        var random = new Random(seed);
        return [.. lengths.ToArray().Select(length => Enumerable.Range(0, length).Select(_ => random.Next(1, 64)).ToArray())];
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
