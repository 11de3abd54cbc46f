using System.Text.Json;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Models;
using ReasonIR.Models.Bert;
using ReasonIR.Models.Safetensors;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Trainer.Tests.Running;

/// <summary>A random BERT over the letters as a registered model.</summary>
static class TinyBert
{
    /// <summary>Writes the folder into the host's artifact store and registers it; skips where libtorch is absent.</summary>
    /// <param name="source">A model to take instead.</param>
    public static async Task<Model> RegisterAsync(TrainerHost host, string name, string? source = null)
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        var path = $"models/{name}";
        var folder = Directory.CreateDirectory(Path.Combine(host.Artifacts, path)).FullName;
        if (source is null)
            Write(folder);
        foreach (var file in source is null ? [] : Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(source!, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        var (revision, _) = await FolderHash.ComputeAsync(folder, TestContext.Current.CancellationToken);
        await using var db = await host.OpenAsync();
        var model = new Model { Name = name, Kind = "bert", Path = path, Revision = revision, Dimension = 32, MaxTokens = 48 };
        db.Models.Add(model);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return model;
    }

    static void Write(string folder)
    {
        var vocabulary = new Dictionary<string, int>();
        foreach (var token in (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", .. Enumerable.Range('a', 26).Select(c => $"{(char)c}"), .. Enumerable.Range('a', 26).Select(c => $"##{(char)c}")])
            vocabulary.Add(token, vocabulary.Count);
        Json("config.json", new { model_type = "bert", vocab_size = 64, hidden_size = 32, num_hidden_layers = 2, num_attention_heads = 4, intermediate_size = 64, max_position_embeddings = 48 });
        Json("tokenizer.json", new
        {
            version = "1.0",
            added_tokens = Array.Empty<object>(),
            normalizer = new { type = "BertNormalizer", clean_text = true, handle_chinese_chars = true, strip_accents = (bool?)null, lowercase = true },
            pre_tokenizer = new { type = "BertPreTokenizer" },
            post_processor = new { type = "BertProcessing", sep = new object[] { "[SEP]", 3 }, cls = new object[] { "[CLS]", 2 } },
            model = new { type = "WordPiece", unk_token = "[UNK]", continuing_subword_prefix = "##", max_input_chars_per_word = 100, vocab = vocabulary },
        });
        torch.manual_seed(1);
        using var model = BertModel.Random(new(64, 32, 2, 4, 64, 48, 2, 1e-12, 0.1, 0.1, 0.1));
        SafetensorsWriter.Save(Path.Combine(folder, "model.safetensors"), model.ToWrite());

        void Json(string name, object json) => File.WriteAllText(Path.Combine(folder, name), JsonSerializer.Serialize(json));
    }
}
