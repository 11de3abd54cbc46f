using System.Text.Json;
using ReasonIR.Models.Bert;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Safetensors;
using TorchSharp;

namespace ReasonIR.Trainer.Tests.Running;

/// <summary>Folders of small random models of every family, over letters.</summary>
static class RandomModels
{
    /// <summary>The decoder families that can be trained.</summary>
    public static readonly string[] Decoders = ["llama", "qwen2", "qwen3", "mistral", "gemma2"];

    const int Vocabulary = 64;

    public static void Write(string folder, string type, int hidden = 32, int layers = 2, int heads = 4, int keyValueHeads = 2, int intermediate = 64, int positions = 128)
    {
        Directory.CreateDirectory(folder);
        WriteTokenizer(folder);
        if (type == "bert")
        {
            Json(folder, "config.json", new { model_type = "bert", vocab_size = Vocabulary, hidden_size = hidden, num_hidden_layers = layers, num_attention_heads = heads, intermediate_size = intermediate, max_position_embeddings = positions, hidden_dropout_prob = 0.0, attention_probs_dropout_prob = 0.0 });
            torch.manual_seed(1);
            using var bert = BertModel.Random(new(Vocabulary, hidden, layers, heads, intermediate, positions, 2, 1e-12, 0, 0, 0.1));
            SafetensorsWriter.Save(Path.Combine(folder, "model.safetensors"), bert.ToWrite());
            return;
        }
        var config = new DecoderConfig
        {
            ModelType = type, VocabularySize = Vocabulary, HiddenSize = hidden, Layers = layers, Heads = heads, KeyValueHeads = keyValueHeads, HeadWidth = hidden / heads, IntermediateSize = intermediate,
            MaxPositions = positions, NormEps = 1e-6, Rotary = new(10_000), AttentionScale = 1 / Math.Sqrt(hidden / heads), Windows = new(new int?[layers]), InitializerRange = 0.1,
        };
        config = type switch
        {
            "qwen2" => config with { QueryKeyValueBias = true },
            "qwen3" => config with { HeadNorms = true },
            "mistral" => config with { Windows = new(Enumerable.Repeat<int?>(16, layers)) },
            "gemma2" => config with { OuterNorms = true, NormOffset = 1, EmbeddingScale = Math.Sqrt(hidden), Activation = Torch.Gate.GeluTanh, AttentionSoftCap = 50, Windows = new(Enumerable.Range(0, layers).Select(i => i % 2 == 0 ? 16 : (int?)null)) },
            _ => config,
        };
        using var model = DecoderModel.Random(config, 1);
        SafetensorsWriter.Save(Path.Combine(folder, "model.safetensors"), model.ToWrite());
        File.WriteAllText(Path.Combine(folder, "config.json"), DecoderConfigWriter.Write(config).ToJsonString());
    }

    static void WriteTokenizer(string folder)
    {
        var vocabulary = new Dictionary<string, int>();
        foreach (var token in (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", .. Enumerable.Range('a', 26).Select(c => $"{(char)c}"), .. Enumerable.Range('a', 26).Select(c => $"##{(char)c}")])
            vocabulary.Add(token, vocabulary.Count);
        Json(folder, "tokenizer.json", new
        {
            version = "1.0",
            added_tokens = Array.Empty<object>(),
            normalizer = new { type = "BertNormalizer", clean_text = true, handle_chinese_chars = true, strip_accents = (bool?)null, lowercase = true },
            pre_tokenizer = new { type = "BertPreTokenizer" },
            post_processor = new { type = "BertProcessing", sep = new object[] { "[SEP]", 3 }, cls = new object[] { "[CLS]", 2 } },
            model = new { type = "WordPiece", unk_token = "[UNK]", continuing_subword_prefix = "##", max_input_chars_per_word = 100, vocab = vocabulary },
        });
    }

    static void Json(string folder, string name, object json) => File.WriteAllText(Path.Combine(folder, name), JsonSerializer.Serialize(json));
}
