using System.Text.Json;
using ReasonIR.Models.Bert;
using ReasonIR.Models.Lora;
using ReasonIR.Models.Safetensors;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Encoder.Tests;

/// <summary>A random BERT of two layers as a sentence-transformers folder, its words the letters; skips where libtorch is absent.</summary>
static class TinyBert
{
    public const int Dimension = 16, MaxTokens = 62;

    /// <param name="parent">Where the folder is made.</param>
    /// <param name="prompts">Its prompts by name.</param>
    /// <param name="seed">Decides the weights.</param>
    public static string Save(string parent, IReadOnlyDictionary<string, string>? prompts = null, int seed = 1)
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        var folder = Path.Combine(parent, $"bert-{seed}");
        Directory.CreateDirectory(Path.Combine(folder, "1_Pooling"));
        Directory.CreateDirectory(Path.Combine(folder, "2_Normalize"));
        Write("config.json", new { model_type = "bert", vocab_size = 64, hidden_size = Dimension, num_hidden_layers = 2, num_attention_heads = 2, intermediate_size = 32, max_position_embeddings = 64, type_vocab_size = 2 });
        Write("modules.json", new[]
        {
            new { idx = 0, name = "0", path = "", type = "sentence_transformers.models.Transformer" },
            new { idx = 1, name = "1", path = "1_Pooling", type = "sentence_transformers.models.Pooling" },
            new { idx = 2, name = "2", path = "2_Normalize", type = "sentence_transformers.models.Normalize" },
        });
        Write("1_Pooling/config.json", new { word_embedding_dimension = Dimension, pooling_mode_mean_tokens = true });
        Write("sentence_bert_config.json", new { max_seq_length = MaxTokens });
        Write("config_sentence_transformers.json", new { prompts = prompts ?? new Dictionary<string, string>() });
        Write("tokenizer.json", Tokenizer());
        torch.manual_seed(seed);
        using var model = TorchThread.Run(() => BertModel.Random(new(64, Dimension, 2, 2, 32, 64, 2, 1e-12, 0, 0, 0.5)));
        SafetensorsWriter.Save(Path.Combine(folder, "model.safetensors"), model.ToWrite());
        return folder;

        void Write(string name, object json) => File.WriteAllText(Path.Combine(folder, name), JsonSerializer.Serialize(json));
    }

    /// <summary>A random LoRA adapter of such a model, as PEFT writes it.</summary>
    public static string SaveAdapter(string parent, string model, string baseName)
    {
        var folder = Path.Combine(parent, "adapter");
        TorchThread.Run(() =>
        {
            using var scope = torch.NewDisposeScope();
            using var bert = BertModel.Load(model);
            var config = new LoraConfig { Targets = LoraTargets.Of("query", "value"), BaseModel = baseName };
            LoraAdapter.Create(bert, config, seed: 3);
            using (torch.no_grad())
                foreach (var (_, module) in bert.LinearModules().Where(linear => linear.Module.Adapter is not null))
                    module.Adapter!.B.weight.copy_(torch.randn(module.Adapter!.B.weight.shape));
            LoraAdapter.Save(bert, config, folder);
        });
        return folder;
    }

    /// <summary>The folder's files by their paths in it.</summary>
    public static Dictionary<string, byte[]> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllBytes);

    /// <summary>[PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, then the letters, their continuations, and a colon.</summary>
    static object Tokenizer()
    {
        var vocabulary = new Dictionary<string, int>();
        foreach (var token in (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", .. Enumerable.Range('a', 26).Select(c => $"{(char)c}"), .. Enumerable.Range('a', 26).Select(c => $"##{(char)c}"), ":"])
            vocabulary.Add(token, vocabulary.Count);
        object Special(string content) => new { id = vocabulary[content], content, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true };
        object Token(string id, int type) => new { SpecialToken = new { id, type_id = type } };
        object Sequence(string id, int type) => new { Sequence = new { id, type_id = type } };
        return new
        {
            version = "1.0",
            truncation = (object?)null,
            padding = (object?)null,
            added_tokens = new[] { Special("[PAD]"), Special("[UNK]"), Special("[CLS]"), Special("[SEP]") },
            normalizer = new { type = "BertNormalizer", clean_text = true, handle_chinese_chars = true, strip_accents = (bool?)null, lowercase = true },
            pre_tokenizer = new { type = "BertPreTokenizer" },
            post_processor = new
            {
                type = "TemplateProcessing",
                single = new[] { Token("[CLS]", 0), Sequence("A", 0), Token("[SEP]", 0) },
                pair = new[] { Token("[CLS]", 0), Sequence("A", 0), Token("[SEP]", 0), Sequence("B", 1), Token("[SEP]", 1) },
                special_tokens = new Dictionary<string, object>
                {
                    ["[CLS]"] = new { id = "[CLS]", ids = new[] { 2 }, tokens = new[] { "[CLS]" } },
                    ["[SEP]"] = new { id = "[SEP]", ids = new[] { 3 }, tokens = new[] { "[SEP]" } },
                },
            },
            decoder = new { type = "WordPiece", prefix = "##", cleanup = true },
            model = new { type = "WordPiece", unk_token = "[UNK]", continuing_subword_prefix = "##", max_input_chars_per_word = 100, vocab = vocabulary },
        };
    }
}
