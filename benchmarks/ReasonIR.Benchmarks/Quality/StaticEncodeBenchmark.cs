using System.Diagnostics;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Text;
using ReasonIR.Models;
using ReasonIR.Training.Static;

namespace ReasonIR.Benchmarks.Quality;

/// <summary>Short texts to vectors with a static encoder made from the collection (its start: speed does not depend on training).</summary>
sealed class StaticEncodeBenchmark : IBenchmark
{
    const double Goal = 50_000;
    const int Texts = 50_000;

    public string Name => "encode-static";

    public string Description => "short texts (queries) to vectors of a static encoder, all cores (--input FOLDER)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var collection = await TextCollection.ReadAsync(context, cancellationToken);
        var queries = collection.Queries.Count > 0 ? collection.Queries : [.. collection.Documents.Select(document => document.Text[..Math.Min(100, document.Text.Length)])];
        var systems = new StaticTrainingInput([.. collection.Documents.Select(document => new StaticDocument(document.Id, null, [document.Text]))],
            _ => throw new InvalidOperationException("The start needs no pairs."), word => word, _ => false);
        var folder = Directory.CreateTempSubdirectory("reasonir-encode-").FullName;
        try
        {
            new StaticTrainer(systems, new StaticOptions { MaxSteps = 0 }).Train(cancellation: cancellationToken).Save(Path.Combine(folder, "model"), "start");
            using var encoder = ModelFolder.Open(Path.Combine(folder, "model"));
            string[] texts = [.. Enumerable.Range(0, Texts).Select(i => queries[i % queries.Count])];
            var vectors = new float[texts.Length * encoder.Dimension];
            var best = double.PositiveInfinity;
            for (var pass = 0; pass < 5; pass++)
            {
                var clock = Stopwatch.StartNew();
                encoder.Encode(texts, EncodeOptions.Default, vectors, cancellationToken);
                best = Math.Min(best, clock.Elapsed.TotalSeconds);
            }
            yield return new(Name, $"{collection.Name}, {texts.Length} queries, {texts.Average(text => text.Length):F0} characters, {encoder.Dimension} dimensions",
                "encode", "texts/s", Math.Round(texts.Length / best), Goal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
