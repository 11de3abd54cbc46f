using System.Text.Json;
using ReasonIR.Models.Bert;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Safetensors;
using ReasonIR.Torch;
using ReasonIR.Training.Contrastive;
using TorchSharp;
using Xunit;

namespace ReasonIR.Training.Tests.Contrastive;

/// <summary>A random BERT or Llama over the letters in a folder of its own; skips where libtorch is absent.</summary>
public sealed class TinyModel : IDisposable
{
    public TinyModel(string type = "bert", double dropout = 0.1)
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        Type = type;
        Root = Directory.CreateTempSubdirectory("reasonir-training-").FullName;
        Folder = Path.Combine(Root, "base");
        Directory.CreateDirectory(Folder);
        var vocabulary = new Dictionary<string, int>();
        foreach (var token in (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", .. Enumerable.Range('a', 26).Select(c => $"{(char)c}"), .. Enumerable.Range('a', 26).Select(c => $"##{(char)c}")])
            vocabulary.Add(token, vocabulary.Count);
        Write("tokenizer.json", JsonSerializer.Serialize(new
        {
            version = "1.0",
            added_tokens = Array.Empty<object>(),
            normalizer = new { type = "BertNormalizer", clean_text = true, handle_chinese_chars = true, strip_accents = (bool?)null, lowercase = true },
            pre_tokenizer = new { type = "BertPreTokenizer" },
            post_processor = new { type = "BertProcessing", sep = new object[] { "[SEP]", 3 }, cls = new object[] { "[CLS]", 2 } },
            model = new { type = "WordPiece", unk_token = "[UNK]", continuing_subword_prefix = "##", max_input_chars_per_word = 100, vocab = vocabulary },
        }));
        if (type == "llama")
            WriteLlama(dropout);
        else
            WriteBert(dropout);
    }

    public string Type { get; }

    public string Root { get; }

    public string Folder { get; }

    void WriteBert(double dropout)
    {
        Write("config.json", JsonSerializer.Serialize(new
        {
            model_type = "bert", vocab_size = 64, hidden_size = 32, num_hidden_layers = 2, num_attention_heads = 4, intermediate_size = 64, max_position_embeddings = 48,
            hidden_dropout_prob = dropout, attention_probs_dropout_prob = dropout,
        }));
        torch.manual_seed(1);
        using var model = BertModel.Random(new(64, 32, 2, 4, 64, 48, 2, 1e-12, dropout, dropout, 0.1));
        SafetensorsWriter.Save(Path.Combine(Folder, "model.safetensors"), model.ToWrite());
    }

    void WriteLlama(double dropout)
    {
        var config = new DecoderConfig
        {
            ModelType = "llama", VocabularySize = 64, HiddenSize = 32, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadWidth = 8, IntermediateSize = 64, MaxPositions = 48,
            NormEps = 1e-5, Rotary = new(10_000), AttentionScale = 1 / Math.Sqrt(8), Windows = new([null, null]), AttentionDropout = dropout, InitializerRange = 0.1,
        };
        Write("config.json", DecoderConfigWriter.Write(config).ToJsonString());
        using var model = DecoderModel.Random(config, 1);
        SafetensorsWriter.Save(Path.Combine(Folder, "model.safetensors"), model.ToWrite());
    }

    /// <summary>Each query shares a rare word with its positive; the negatives are other words.</summary>
    public static ListTrainingData Data(int count = 24, string negative = "nothing like it", string fingerprint = "words") =>
        new([.. Enumerable.Range(0, count).Select(i => new TrainingExample($"where is {Word(i)}", [$"{Word(i)} stands here", $"here stands {Word(i)}"], [$"{negative} {Word(i + 7)}", negative]))], fingerprint);

    static string Word(int i) => $"{(char)('a' + i % 26)}{(char)('a' + i * 7 % 26)}{(char)('a' + i * 11 % 26)}";

    public ContrastiveTrainingSpec Spec(int steps = 8) => new(Folder, MaxSteps: steps, BatchSize: 6, NegativesPerQuery: 1, LearningRate: 1e-3, Warmup: 1, CheckpointSteps: 0, Threads: 1)
    {
        Bidirectional = Type == "llama" ? true : null,
    };

    public string At(string name) => Path.Combine(Root, name);

    /// <summary>Trains on <see cref="Data"/> and keeps the log; output and checkpoints lie at names of their own.</summary>
    internal async Task<StepLog> Train(string name, ContrastiveTrainingSpec? spec = null, ITrainingData? data = null, string? checkpoints = null, int cancelAfter = int.MaxValue, TrainingHooks? hooks = null)
    {
        var log = new StepLog(cancelAfter);
        log.Result = await ContrastiveTrainer.TrainAsync(spec ?? Spec(), data ?? Data(), log, At(checkpoints ?? name + "-checkpoints"), At(name), log.Token, hooks);
        return log;
    }

    public byte[] Weights(string name) => File.ReadAllBytes(Path.Combine(At(name), "model.safetensors"));

    void Write(string name, string json) => File.WriteAllText(Path.Combine(Folder, name), json);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

/// <summary>Keeps what it is told; may cancel after a step.</summary>
sealed class StepLog(int cancelAfter = int.MaxValue) : ITrainingLog
{
    readonly CancellationTokenSource stop = new();

    public List<TrainingStep> Steps { get; } = [];

    public List<string> Messages { get; } = [];

    /// <summary>Live tensors after each step.</summary>
    public List<long> Tensors { get; } = [];

    /// <summary>Bytes that libtorch's tensors hold after each step.</summary>
    public List<long> Bytes { get; } = [];

    public List<(int Step, double Score, bool IsBest)> Evaluations { get; } = [];

    public List<IReadOnlyList<HardNegative>> Negatives { get; } = [];

    public ContrastiveTrainingResult? Result { get; set; }

    public IEnumerable<double> Losses => Steps.Select(s => s.Loss);

    public CancellationToken Token => stop.Token;

    public void Report(TrainingStep step)
    {
        Steps.Add(step);
        Tensors.Add(TorchRuntime.LiveTensors);
        Bytes.Add(TorchRuntime.Memory.LiveBytes);
        if (step.Step == cancelAfter)
            stop.Cancel();
    }

    public void Message(string text) => Messages.Add(text);

    public void Evaluated(int step, double score, bool isBest) => Evaluations.Add((step, score, isBest));

    public void HardestNegatives(IReadOnlyList<HardNegative> negatives) => Negatives.Add(negatives);
}
