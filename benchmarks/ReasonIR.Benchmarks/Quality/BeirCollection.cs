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
        var documents = encoder.Encode([.. Documents.Values], cancellationToken: cancellationToken);
        var queries = encoder.Encode([.. judgments.Queries.Select(q => Queries[q])], cancellationToken: cancellationToken);
        return Evaluate(Rows(documents, encoder.Dimension), Rows(queries, encoder.Dimension), judgments, measures);
    }

    /// <summary>The same with vectors at hand: of <see cref="Documents"/> and of the judged queries, in their orders.</summary>
    public Evaluation Evaluate(float[][] documents, float[][] queries, Judgments judgments, MeasureSet measures)
    {
        string[] ids = [.. Documents.Keys];
        foreach (var row in documents.Concat(queries))
            TensorPrimitives.Divide(row, MathF.Max(TensorPrimitives.Norm(row), 1e-12f), row);
        var run = new Run("dense");
        foreach (var (i, query) in judgments.Queries.Index())
        {
            var scored = new ScoredDocument[ids.Length];
            for (var j = 0; j < ids.Length; j++)
                scored[j] = new(ids[j], TensorPrimitives.Dot(queries[i], documents[j]));
            run.Add(query, scored.OrderByDescending(s => s.Score).Take(1000));
        }
        return Evaluator.Evaluate(judgments, run, measures);
    }

    static float[][] Rows(float[] vectors, int dimension) => [.. vectors.Chunk(dimension)];

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
