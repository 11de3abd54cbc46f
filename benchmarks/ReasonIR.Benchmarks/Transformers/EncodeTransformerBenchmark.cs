using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Quality;
using ReasonIR.Models;
using ReasonIR.Models.Transformers;
using ReasonIR.Tokenizers;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Benchmarks.Transformers;

/// <summary>
/// The first documents of SciFact through all-MiniLM-L6-v2 against ONNX Runtime, and its queries; the same ids, sorted by length on both
/// sides, tokenization counted on ours only.
/// </summary>
sealed class EncodeTransformerBenchmark : IBenchmark
{
    const int Documents = 1024, Tokens = 256;
    const double Goal = 1.1, Bf16Goal = 2, LeastCosine = 0.995;

    public string Name => "encode-transformer";

    public string Description => "SciFact documents and queries through all-MiniLM-L6-v2, against ONNX Runtime";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var model = context.Require("models/all-MiniLM-L6-v2");
        var collection = BeirCollection.Read(context.Input ?? context.Require("data/scifact"));
        var tokenizer = Tokenizer.Load(Path.Combine(model, "tokenizer.json")).With(null);
        foreach (var (name, texts, goal) in new[]
        {
            ("documents", collection.Documents.Values.Take(Documents).ToArray(), (double?)Goal),
            ("queries", collection.Queries.Values.ToArray(), null),
        })
            foreach (var bf16 in new[] { false, true })
            {
                var workload = $"{texts.Length} {name}, {(bf16 ? "bf16" : "f32")}";
                if (!context.Wants(workload))
                    continue;
                var ids = texts.Select(text => tokenizer.EncodeIds(text) is var all && all.Length > Tokens ? [.. all[..(Tokens - 1)], all[^1]] : all).ToArray();
                using var encoder = ModelFolder.Open(model, bf16 ? new ModelOptions(Compute: torch.ScalarType.BFloat16, Stored: torch.ScalarType.BFloat16) : null);
                var options = new EncodeOptions(MaxTokens: Tokens);
                // The peer computes in f32 both times: it has no bf16 on a CPU.
                await using var peer = await PeerProcess.OnnxAsync(new { model, threads = TorchRuntime.Status.Threads, texts = ids }, cancellationToken);
                var rounds = await Duel.RunAsync(() => encoder.Encode(texts, options, cancellationToken), peer, cancellationToken);
                foreach (var figure in Duel.Figures(Name, workload, "texts", texts.Length, rounds, Duel.NameOf(peer), bf16 && goal is not null ? Bf16Goal : goal))
                    yield return figure;
                if (!bf16)
                    continue;
                using var exact = ModelFolder.Open(model);
                var cosines = encoder.Encode(texts, options, cancellationToken).Chunk(exact.Dimension)
                    .Zip(exact.Encode(texts, options, cancellationToken).Chunk(exact.Dimension), (a, b) => (double)TensorPrimitives.CosineSimilarity(a, b));
                yield return new(Name, workload, "smallest cosine to f32", "", cosines.Min(), LeastCosine);
            }
    }
}
