using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Benchmarks.Transformers;

/// <summary>
/// A small Llama (4 layers, hidden 256, 4 heads, intermediate 688, vocabulary 8,192, bidirectional, random weights) encoding passages or
/// training on pairs, at full lengths and at those of SciFact, against the same in plain PyTorch.
/// </summary>
sealed class LlamaBenchmark(bool training) : IBenchmark
{
    const int Steps = 6, Batch = 32, QueryTokens = 32, PassageTokens = 128;

    /// <summary>The model of this and of the long text's benchmark.</summary>
    public static DecoderConfig Config { get; } = new()
    {
        ModelType = "llama", VocabularySize = 8192, HiddenSize = 256, Layers = 4, Heads = 4, KeyValueHeads = 4, HeadWidth = 64, IntermediateSize = 688,
        MaxPositions = 32_768, NormEps = 1e-5, Rotary = new RotaryConfig(10_000), AttentionScale = 1 / 8.0, Windows = new([null, null, null, null]), Bidirectional = true,
    };

    public string Name => training ? "train-llama" : "encode-llama";

    public string Description => training ? "training a small Llama, 32 pairs of 32/128 tokens a step, against PyTorch" : "passages of 128 tokens through a small Llama, against PyTorch";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var config = new
        {
            vocab_size = Config.VocabularySize, hidden_size = Config.HiddenSize, num_hidden_layers = Config.Layers, num_attention_heads = Config.Heads,
            num_key_value_heads = Config.KeyValueHeads, intermediate_size = Config.IntermediateSize, rms_norm_eps = Config.NormEps, rope_theta = 10_000,
        };
        foreach (var full in new[] { true, false })
            foreach (var bf16 in new[] { false, true })
            {
                var (unit, units) = training ? ("pairs", Steps * Batch) : ("texts", 3 * Steps * Batch);
                var workload = $"{units} {unit}, {(full ? "full lengths" : "SciFact's lengths")}, {(bf16 ? "bf16" : "f32")}";
                if (!context.Wants(workload))
                    continue;
                var steps = SciFactTokens.Random(context, training ? Steps : 3 * Steps, Batch, QueryTokens, PassageTokens, Config.VocabularySize, full);
                var texts = steps.SelectMany(step => step.Passages).ToArray();
                var options = new ModelOptions(bf16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32);
                using var work = TransformerWork.Open(() => new SentenceModel(DecoderModel.Random(Config, 17, options)), training);
                await using var peer = await PeerProcess.TorchAsync(new
                {
                    kind = "llama", config, weights = (string?)null, mode = training ? "train" : "encode", bf16, threads = TorchRuntime.Status.Threads,
                    temperature = TransformerWork.PeerTemperature, learning_rate = TransformerWork.LearningRate, texts = training ? [] : texts, steps = training ? steps : [],
                }, cancellationToken);
                var rounds = await Duel.RunAsync(() => { if (training) work.Train(steps); else work.Encode(texts); }, peer, cancellationToken);
                foreach (var figure in Duel.Figures(Name, workload, unit, units, rounds, Duel.NameOf(peer, bf16), training && !bf16 ? 1.5 : 1.3))
                    yield return figure;
            }
    }
}
