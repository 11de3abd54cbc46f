using System.Numerics.Tensors;
using System.Text.Json;
using ReasonIR.Models;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Benchmarks.Quality;

/// <summary>A BEIR folder in memory, searched exactly.</summary>
sealed class BeirCollection
{
    BeirCollection(IReadOnlyDictionary<string, string> documents, IReadOnlyDictionary<string, string> queries) => (Documents, Queries) = (documents, queries);

    /// <summary>Title, space, text, by id.</summary>
    public IReadOnlyDictionary<string, string> Documents { get; }

    public IReadOnlyDictionary<string, string> Queries { get; }

    public static BeirCollection Read(string folder) => new(
        Read(Path.Combine(folder, "corpus.jsonl"), e => $"{Text(e, "title")} {Text(e, "text")}".Trim()),
        Read(Path.Combine(folder, "queries.jsonl"), e => Text(e, "text")));

    /// <summary>Ranks all documents for the judged queries and measures: exact cosine, the best 1000.</summary>
    public Evaluation Evaluate(ITextEncoder encoder, Judgments judgments, MeasureSet measures, CancellationToken cancellationToken)
    {
        string[] ids = [.. Documents.Keys], queries = [.. judgments.Queries];
        var documents = Unit(encoder.Encode([.. Documents.Values], cancellationToken: cancellationToken), encoder.Dimension);
        var vectors = Unit(encoder.Encode([.. queries.Select(q => Queries[q])], cancellationToken: cancellationToken), encoder.Dimension);
        var run = new Run("dense");
        for (var i = 0; i < queries.Length; i++)
        {
            var query = vectors.AsSpan(i * encoder.Dimension, encoder.Dimension);
            var scored = new ScoredDocument[ids.Length];
            for (var j = 0; j < ids.Length; j++)
                scored[j] = new(ids[j], TensorPrimitives.Dot(query, documents.AsSpan(j * encoder.Dimension, encoder.Dimension)));
            run.Add(queries[i], scored.OrderByDescending(s => s.Score).Take(1000));
        }
        return Evaluator.Evaluate(judgments, run, measures);
    }

    static float[] Unit(float[] vectors, int dimension)
    {
        for (var i = 0; i < vectors.Length; i += dimension)
        {
            var row = vectors.AsSpan(i, dimension);
            TensorPrimitives.Divide(row, MathF.Max(TensorPrimitives.Norm(row), 1e-12f), row);
        }
        return vectors;
    }

    static Dictionary<string, string> Read(string path, Func<JsonElement, string> text)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(path))
        {
            using var json = JsonDocument.Parse(line);
            all.Add(json.RootElement.GetProperty("_id").GetString()!, text(json.RootElement));
        }
        return all;
    }

    static string Text(JsonElement element, string field) => element.TryGetProperty(field, out var value) ? value.GetString() ?? "" : "";
}
