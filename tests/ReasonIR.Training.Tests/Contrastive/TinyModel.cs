using System.Text.Json;
using ReasonIR.Models.Bert;
using ReasonIR.Models.Safetensors;
using ReasonIR.Torch;
using ReasonIR.Training.Contrastive;
using TorchSharp;
using Xunit;

namespace ReasonIR.Training.Tests.Contrastive;

/// <summary>A random BERT over the letters in a folder of its own; skips where libtorch is absent.</summary>
public sealed class TinyModel : IDisposable
{
    public TinyModel()
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        Root = Directory.CreateTempSubdirectory("reasonir-training-").FullName;
        Folder = Path.Combine(Root, "base");
        Directory.CreateDirectory(Folder);
        var vocabulary = new Dictionary<string, int>();
        foreach (var token in (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", .. Enumerable.Range('a', 26).Select(c => $"{(char)c}"), .. Enumerable.Range('a', 26).Select(c => $"##{(char)c}")])
            vocabulary.Add(token, vocabulary.Count);
        Write("config.json", new { model_type = "bert", vocab_size = 64, hidden_size = 32, num_hidden_layers = 2, num_attention_heads = 4, intermediate_size = 64, max_position_embeddings = 48 });
        Write("tokenizer.json", new
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
        SafetensorsWriter.Save(Path.Combine(Folder, "model.safetensors"), model.ToWrite());
    }

    public string Root { get; }

    public string Folder { get; }

    /// <summary>Each query shares a rare word with its positive; the negatives are other words.</summary>
    public static ListTrainingData Data(int count = 24, string negative = "nothing like it", string fingerprint = "words") =>
        new([.. Enumerable.Range(0, count).Select(i => new TrainingExample($"where is {Word(i)}", [$"{Word(i)} stands here", $"here stands {Word(i)}"], [$"{negative} {Word(i + 7)}", negative]))], fingerprint);

    static string Word(int i) => $"{(char)('a' + i % 26)}{(char)('a' + i * 7 % 26)}{(char)('a' + i * 11 % 26)}";

    public ContrastiveTrainingSpec Spec(int steps = 8) => new(Folder, MaxSteps: steps, BatchSize: 6, NegativesPerQuery: 1, LearningRate: 1e-3, Warmup: 1, CheckpointSteps: 0, Threads: 1);

    void Write(string name, object json) => File.WriteAllText(Path.Combine(Folder, name), JsonSerializer.Serialize(json));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

/// <summary>Keeps what it is told; may cancel after a step.</summary>
sealed class StepLog(int cancelAfter = int.MaxValue) : ITrainingLog
{
    readonly CancellationTokenSource stop = new();

    public List<TrainingStep> Steps { get; } = [];

    public List<string> Messages { get; } = [];

    public List<long> Tensors { get; } = [];

    public CancellationToken Token => stop.Token;

    public void Report(TrainingStep step)
    {
        Steps.Add(step);
        Tensors.Add(torch.Tensor.TotalCount);
        if (step.Step == cancelAfter)
            stop.Cancel();
    }

    public void Message(string text) => Messages.Add(text);
}
