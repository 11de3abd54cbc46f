using System.Text.Json;
using ReasonIR.Models.Bert;
using ReasonIR.Models.Safetensors;
using ReasonIR.Torch;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.Transformers;

/// <summary>A random BERT of two layers in a folder of its own, with a WordPiece vocabulary of the letters; skips where libtorch is absent.</summary>
public sealed class TinyBert : IDisposable
{
    public static BertConfig Config { get; } = new(64, 16, 2, 2, 32, 40, 2, 1e-12, 0.1, 0.1, 0.1);

    public TinyBert()
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        Folder = Directory.CreateTempSubdirectory("reasonir-bert-").FullName;
        Write("config.json", new Dictionary<string, object>
        {
            ["model_type"] = "bert", ["vocab_size"] = 64, ["hidden_size"] = 16, ["num_hidden_layers"] = 2, ["num_attention_heads"] = 2,
            ["intermediate_size"] = 32, ["max_position_embeddings"] = 40, ["type_vocab_size"] = 2, ["torch_dtype"] = "float16", ["architectures"] = new[] { "BertForMaskedLM" },
        });
        Write("tokenizer.json", Tokenizer());
        torch.manual_seed(1);
        using var model = BertModel.Random(Config);
        SaveWeights([.. model.ToWrite()]);
    }

    public string Folder { get; }

    public void SaveWeights(params TensorToWrite[] tensors) => SafetensorsWriter.Save(Path.Combine(Folder, "model.safetensors"), tensors);

    public void Write(string name, object json)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Folder, name))!);
        File.WriteAllText(Path.Combine(Folder, name), JsonSerializer.Serialize(json));
    }

    /// <summary>[PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, then the letters and their continuations.</summary>
    internal static object Tokenizer()
    {
        var vocabulary = new Dictionary<string, int>();
        foreach (var token in (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", .. Enumerable.Range('a', 26).Select(c => $"{(char)c}"), .. Enumerable.Range('a', 26).Select(c => $"##{(char)c}")])
            vocabulary.Add(token, vocabulary.Count);
        object Special(string content) => new { id = vocabulary[content], content, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true };
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
                single = new object[] { new { SpecialToken = new { id = "[CLS]", type_id = 0 } }, new { Sequence = new { id = "A", type_id = 0 } }, new { SpecialToken = new { id = "[SEP]", type_id = 0 } } },
                pair = new object[] { new { Sequence = new { id = "A", type_id = 0 } }, new { Sequence = new { id = "B", type_id = 1 } } },
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

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
