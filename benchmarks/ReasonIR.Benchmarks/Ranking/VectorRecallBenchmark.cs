using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Quality;
using ReasonIR.Models;
using ReasonIR.Retrieval.Vectors;

namespace ReasonIR.Benchmarks.Ranking;

/// <summary>What the default settings of the vector index lose on embeddings of a real model: recall@10 against the full scan of f32.</summary>
sealed class VectorRecallBenchmark : IBenchmark
{
    const int Top = 10, EncodedAtOnce = 256;

    public string Name => "vectors-recall";

    public string Description => "recall@10 of the scan by codes against full f32, SciFact by all-MiniLM-L6-v2 (--input BEIR FOLDER)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        var path = context.Input ?? context.Require("data/scifact");
        var collection = BeirCollection.Read(path);
        using var model = ModelFolder.Open(context.Require("models/all-MiniLM-L6-v2"));
        var texts = collection.Documents.Values.ToArray();
        var vectors = new List<float[]>();
        foreach (var chunk in texts.Chunk(EncodedAtOnce))
        {
            vectors.AddRange(model.Encode(chunk, cancellationToken: cancellationToken).Chunk(model.Dimension));
            await context.Log.WriteLineAsync($"{vectors.Count:N0} of {texts.Length:N0} documents");
        }
        var queries = model.Encode([.. collection.Queries.Values], cancellationToken: cancellationToken);
        Retrieval.Ranking.ScoredDocument[][]? full = null;
        foreach (var storage in Enum.GetValues<VectorStorage>())
        {
            var folder = Directory.CreateTempSubdirectory("reasonir-bench-").FullName;
            try
            {
                using (var builder = new VectorIndexBuilder(folder, new(model.Dimension, Storage: storage)))
                {
                    for (var i = 0; i < vectors.Count; i++)
                        builder.Add($"{i}", vectors[i]);
                    builder.Complete();
                }
                using var index = VectorIndex.Open(folder);
                if (full is null)
                {
                    // The first one stores the floats as they are.
                    using var exact = VectorIndex.Open(folder, new(Exact: true));
                    full = exact.SearchBatch(queries, Top, cancellation: cancellationToken);
                }
                var recall = full.Zip(index.SearchBatch(queries, Top, cancellation: cancellationToken))
                    .Average(pair => pair.First.Select(document => document.Id).Intersect(pair.Second.Select(document => document.Id)).Count() / (double)pair.First.Length);
                yield return new(Name, $"{Path.GetFileName(path.TrimEnd('/'))}, {vectors.Count:N0} x {model.Dimension}, {storage}", $"recall@{Top} of f32", "share", recall, storage == VectorStorage.Float32 ? 0.999 : null, Limit: 1);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
