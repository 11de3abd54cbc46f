using System.Runtime.CompilerServices;
using System.Text.Json;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Benchmarks.Transformers;

/// <summary>Fine-tuning steps of all-MiniLM-L6-v2 on SciFact's claims and documents against the same model and step in plain PyTorch.</summary>
sealed class TrainTransformerBenchmark : IBenchmark
{
    const int Steps = 2, Batch = 32;
    const double Goal = 1.3;

    public string Name => "train-transformer";

    public string Description => "fine-tuning all-MiniLM-L6-v2, 32 pairs a step, 32/256 tokens as they occur, against PyTorch";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = context.Require("models/all-MiniLM-L6-v2");
        var steps = SciFactTokens.Pairs(context, Steps, Batch, queryTokens: 32, passageTokens: 256);
        using var config = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "config.json"), cancellationToken));
        foreach (var bf16 in new[] { false, true })
        {
            var workload = $"{Steps} steps of {Batch} pairs, {(bf16 ? "bf16" : "f32")}";
            if (!context.Wants(workload))
                continue;
            using var work = TransformerWork.Open(() => SentenceModel.Load(SentenceTransformersFolder.Open(folder), new ModelOptions(bf16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32)), training: true);
            await using var peer = await PeerProcess.TorchAsync(new
            {
                kind = "bert", config = config.RootElement, weights = Path.Combine(folder, "model.safetensors"), mode = "train", bf16, threads = TorchRuntime.Status.Threads,
                temperature = TransformerWork.PeerTemperature, learning_rate = TransformerWork.LearningRate, steps,
            }, cancellationToken);
            var rounds = await Duel.RunAsync(() => work.Train(steps), peer, cancellationToken);
            foreach (var figure in Duel.Figures(Name, workload, "pairs", Steps * Batch, rounds, Duel.NameOf(peer, bf16), Goal))
                yield return figure;
        }
    }
}
