using System.Text.Json.Serialization;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>The two BM25s that circulate in this field. Their scores and rankings differ; never mix them.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Bm25Variant>))]
public enum Bm25Variant
{
    /// <summary>Lucene's: document lengths rounded to one byte, query terms count as often as they occur.</summary>
    [JsonStringEnumMemberName("lucene")]
    Lucene,

    /// <summary>BRIGHT's published code: exact lengths, and the query weighted by the same formula, so that idf counts twice.</summary>
    [JsonStringEnumMemberName("bright")]
    Bright,
}

/// <summary>How a query is scored. Not part of an index: one index serves all.</summary>
/// <param name="Variant">Which formula.</param>
/// <param name="K1">Saturation of the term's occurrences, at least 0.</param>
/// <param name="B">Weight of the document's length, 0 to 1.</param>
public sealed record Bm25Parameters(Bm25Variant Variant = Bm25Variant.Lucene, double K1 = 0.9, double B = 0.4)
{
    /// <summary>Anserini's and Pyserini's setting: Lucene, k1 0.9, b 0.4.</summary>
    public static Bm25Parameters Default { get; } = new();

    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    internal void Validate()
    {
        if (!(K1 >= 0) || double.IsInfinity(K1))
            throw new ArgumentOutOfRangeException(nameof(K1), K1, "k1 should be a number of at least 0.");
        if (!(B >= 0 && B <= 1))
            throw new ArgumentOutOfRangeException(nameof(B), B, "b should be between 0 and 1.");
    }
}
