using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Quality;
using ReasonIR.Models;
using ReasonIR.Models.Transformers;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Runs;
using ReasonIR.Tokenizers;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Benchmarks.Transformers;

/// <summary>
/// The first documents of SciFact through all-MiniLM-L6-v2 against ONNX Runtime, and its queries; the same ids, sorted by length on both
/// sides, tokenization counted on ours only. In bf16 the vectors are compared with f32's, and what they rank.
/// </summary>
sealed class EncodeTransformerBenchmark : IBenchmark
{
    const int Documents = 1024, Tokens = 256;
    const double Goal = 1.1, Bf16Goal = 2, LeastCosine = 0.995, LargestLoss = 0.003;

    public string Name => "encode-transformer";

    public string Description => "SciFact documents and queries through all-MiniLM-L6-v2, against ONNX Runtime";

    static ITextEncoder Open(string model, bool bf16) =>
        ModelFolder.Open(model, bf16 ? new ModelOptions(Compute: torch.ScalarType.BFloat16, Stored: torch.ScalarType.BFloat16) : null);

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
                using var encoder = Open(model, bf16);
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
        if (!context.Wants("ranking, bf16"))
            yield break;
        var judgments = await BeirQrels.ReadAsync(Path.Combine(context.Input ?? context.Require("data/scifact"), "qrels/test.tsv"), cancellation: cancellationToken);
        var (exactly, rounded) = (Ranked(false), Ranked(true));
        yield return new(Name, "ranking, f32", "nDCG@10", "", exactly);
        yield return new(Name, "ranking, bf16", "nDCG@10", "", rounded);
        yield return new(Name, "ranking, bf16", "nDCG@10, off f32's", "", Math.Abs(rounded - exactly), LargestLoss, HigherIsBetter: false);

        double Ranked(bool bf16)
        {
            using var encoder = Open(model, bf16);
            return collection.Evaluate(encoder, judgments, MeasureSet.Parse("ndcg_cut_10"), cancellationToken).MeanOverQrels["ndcg_cut_10"];
        }
    }
}
