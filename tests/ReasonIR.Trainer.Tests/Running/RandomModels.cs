using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Models;
using ReasonIR.Models.Bert;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.ModernBert;
using ReasonIR.Models.Roberta;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Trainer.Tests.Running;

/// <summary>Folders of small random models of every family, over letters.</summary>
static class RandomModels
{
    /// <summary>The decoder families that can be trained.</summary>
    public static readonly string[] Decoders = ["llama", "qwen2", "qwen3", "mistral", "gemma2"];

    const int Vocabulary = 64;

    /// <summary>Writes a model of the family into the host's artifact store and registers it under the family's name; skips where libtorch is absent.</summary>
    public static async Task<Model> RegisterAsync(TrainerHost host, string type)
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        var path = $"models/{type}";
        var folder = Path.Combine(host.Artifacts, path);
        Write(folder, type);
        var (revision, _) = await FolderHash.ComputeAsync(folder, TestContext.Current.CancellationToken);
        await using var db = await host.OpenAsync();
        var model = new Model { Name = type, Kind = type, Path = path, Revision = revision, Dimension = 32, MaxTokens = 128 };
        db.Models.Add(model);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return model;
    }

    public static void Write(string folder, string type, int hidden = 32, int layers = 2, int heads = 4, int keyValueHeads = 2, int intermediate = 64, int positions = 128)
    {
        Directory.CreateDirectory(folder);
        WriteTokenizer(folder);
        if (Decoders.Contains(type))
            WriteDecoder(folder, Decoder(type, hidden, layers, heads, keyValueHeads, intermediate, positions));
        else
            WriteEncoder(folder, type, hidden, layers, heads, intermediate, positions);
    }

    static void WriteDecoder(string folder, DecoderConfig config)
    {
        using var model = DecoderModel.Random(config, 1);
        SafetensorsWriter.Save(Path.Combine(folder, "model.safetensors"), model.ToWrite());
        File.WriteAllText(Path.Combine(folder, "config.json"), DecoderConfigWriter.Write(config).ToJsonString());
    }

    static DecoderConfig Decoder(string type, int hidden, int layers, int heads, int keyValueHeads, int intermediate, int positions)
    {
        var config = new DecoderConfig
        {
            ModelType = type, VocabularySize = Vocabulary, HiddenSize = hidden, Layers = layers, Heads = heads, KeyValueHeads = keyValueHeads, HeadWidth = hidden / heads, IntermediateSize = intermediate,
            MaxPositions = positions, NormEps = 1e-6, Rotary = new(10_000), AttentionScale = 1 / Math.Sqrt(hidden / heads), Windows = new(new int?[layers]), InitializerRange = 0.1,
        };
        return type switch
        {
            "qwen2" => config with { QueryKeyValueBias = true },
            "qwen3" => config with { HeadNorms = true },
            "mistral" => config with { Windows = new(Enumerable.Repeat<int?>(16, layers)) },
            "gemma2" => config with { OuterNorms = true, NormOffset = 1, EmbeddingScale = Math.Sqrt(hidden), Activation = Torch.Gate.GeluTanh, AttentionSoftCap = 50, Windows = new(Enumerable.Range(0, layers).Select(i => i % 2 == 0 ? 16 : (int?)null)) },
            _ => config,
        };
    }

    static void WriteEncoder(string folder, string type, int hidden, int layers, int heads, int intermediate, int positions)
    {
        var config = new JsonObject { ["model_type"] = type, ["vocab_size"] = Vocabulary, ["initializer_range"] = 0.1, ["pad_token_id"] = 0 };
        foreach (var (name, size) in type == "distilbert"
            ? [("dim", hidden), ("n_layers", layers), ("n_heads", heads), ("hidden_dim", intermediate)]
            : new (string, int)[] { ("hidden_size", hidden), ("num_hidden_layers", layers), ("num_attention_heads", heads), ("intermediate_size", intermediate) })
            config[name] = size;
        if (type == "electra")
            config["embedding_size"] = hidden / 2;
        // RoBERTa's positions begin behind the padding's.
        config["max_position_embeddings"] = type is "roberta" or "xlm-roberta" or "camembert" ? positions + 1 : positions;
        foreach (var dropout in type == "distilbert" ? ["dropout", "attention_dropout"] : type == "modernbert" ? [] : new[] { "hidden_dropout_prob", "attention_probs_dropout_prob" })
            config[dropout] = 0.0;
        var path = Path.Combine(folder, "config.json");
        File.WriteAllText(path, config.ToJsonString());
        torch.manual_seed(1);
        using var model = type == "modernbert" ? ModernBertModel.Random(ModernBertConfig.Read(path)) : (TransformerModel)BertModel.Random(BertConfig.Read(path, Family(type)), family: Family(type));
        SafetensorsWriter.Save(Path.Combine(folder, "model.safetensors"), model.ToWrite());
    }

    static BertFamily Family(string type) => type switch
    {
        "bert" => BertFamily.Bert,
        "roberta" => RobertaFamilies.Roberta,
        "xlm-roberta" => RobertaFamilies.XlmRoberta,
        "camembert" => RobertaFamilies.Camembert,
        "distilbert" => OtherFamilies.DistilBert,
        "electra" => OtherFamilies.Electra,
        _ => throw new ArgumentException($"There is no small random model of the family '{type}' yet; add one here."),
    };

    static void WriteTokenizer(string folder)
    {
        var vocabulary = new Dictionary<string, int>();
        foreach (var token in (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", .. Enumerable.Range('a', 26).Select(c => $"{(char)c}"), .. Enumerable.Range('a', 26).Select(c => $"##{(char)c}")])
            vocabulary.Add(token, vocabulary.Count);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), JsonSerializer.Serialize(new
        {
            version = "1.0",
            added_tokens = Array.Empty<object>(),
            normalizer = new { type = "BertNormalizer", clean_text = true, handle_chinese_chars = true, strip_accents = (bool?)null, lowercase = true },
            pre_tokenizer = new { type = "BertPreTokenizer" },
            post_processor = new { type = "BertProcessing", sep = new object[] { "[SEP]", 3 }, cls = new object[] { "[CLS]", 2 } },
            model = new { type = "WordPiece", unk_token = "[UNK]", continuing_subword_prefix = "##", max_input_chars_per_word = 100, vocab = vocabulary },
        }));
    }
}
