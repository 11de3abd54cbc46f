namespace ReasonIR.Retrieval.Vectors;

/// <summary>What an index is made for; it keeps this and never changes it.</summary>
/// <param name="Dimension">Floats a vector, 1 to 65,536.</param>
/// <param name="Metric">What the score of a vector is.</param>
/// <param name="Storage">Precision of the stored vectors.</param>
/// <param name="Aggregation">The score of a document with several vectors.</param>
/// <param name="Properties">Where the vectors come from (model, revision, prompts ...), for whoever opens the index to compare; up to 64 of 64 KiB together.</param>
public sealed record VectorIndexSettings(
    int Dimension,
    VectorMetric Metric = VectorMetric.Cosine,
    VectorStorage Storage = VectorStorage.Float32,
    PartAggregation Aggregation = PartAggregation.Max,
    IReadOnlyDictionary<string, string>? Properties = null)
{
    public const int LargestDimension = 1 << 16;

    const int MostProperties = 64, MostPropertyCharacters = 1 << 16;

    /// <summary>Throws where something is out of range.</summary>
    public void Check()
    {
        if (Dimension is < 1 or > LargestDimension)
            throw new ArgumentOutOfRangeException(nameof(Dimension), Dimension, $"expected 1 to {LargestDimension}");
        if (!Enum.IsDefined(Metric) || !Enum.IsDefined(Storage) || !Enum.IsDefined(Aggregation))
            throw new ArgumentException($"metric {Metric}, storage {Storage}, aggregation {Aggregation}: expected values of their types");
        if (Properties is not null && (Properties.Count > MostProperties || Properties.Sum(pair => pair.Key.Length + pair.Value.Length) > MostPropertyCharacters))
            throw new ArgumentException($"properties: expected {MostProperties} at most, of {MostPropertyCharacters} characters together");
    }
}
