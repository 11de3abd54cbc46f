namespace ReasonIR.Retrieval.Qdrant;

/// <summary>How indexes at Qdrant are made and searched; what is null is left to the server.</summary>
/// <param name="Exact">Whether every vector is scored, as the embedded index does; otherwise the graph is searched, which is faster and may miss documents.</param>
/// <param name="HnswM">Edges of a node of the graph.</param>
/// <param name="EfConstruct">Neighbors considered while the graph is built.</param>
/// <param name="HnswEf">Neighbors considered in a search.</param>
/// <param name="Quantization"><c>int8</c>: 8-bit codes in memory, rescored from the vectors; <c>none</c>.</param>
/// <param name="Oversampling">Candidates of the codes, as a multiple of the limit.</param>
/// <param name="OnDisk">Whether vectors stay on the disk.</param>
/// <param name="Shards">Shards of a collection.</param>
/// <param name="Replicas">Copies of a shard.</param>
/// <param name="WriteConsistency">Copies that must have a write before it counts.</param>
public sealed record QdrantOptions(
    bool Exact = true, int? HnswM = null, int? EfConstruct = null, int? HnswEf = null, string Quantization = "none", double Oversampling = 4, bool OnDisk = false,
    int? Shards = null, int? Replicas = null, int? WriteConsistency = null)
{
    /// <summary>Every value that is out of range, named as it is configured; empty when all are good.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. Range("HnswM", HnswM, 0, 1024), .. Range("EfConstruct", EfConstruct, 4, 10_000), .. Range("HnswEf", HnswEf, 1, 10_000),
        .. Range("Shards", Shards, 1, 1024), .. Range("Replicas", Replicas, 1, 64), .. Range("WriteConsistency", WriteConsistency, 1, 64),
        .. Quantization is "none" or "int8" ? [] : new[] { $"Quantization: expected none or int8, found '{Quantization}'." },
        .. Oversampling is >= 1 and <= 100 ? [] : new[] { $"Oversampling: expected 1 to 100, found {Oversampling}." },
    ];

    static string[] Range(string name, int? value, int low, int high) => value is null || value >= low && value <= high ? [] : [$"{name}: expected {low} to {high}, found {value}."];

    internal QdrantCollectionSettings Collection(QdrantVectors? vectors, IReadOnlyDictionary<string, QdrantSparse>? sparse = null) => new(
        vectors is null ? null : vectors with { OnDisk = OnDisk ? true : null }, sparse, Shards, Replicas, WriteConsistency,
        HnswConfig: HnswM is null && EfConstruct is null ? null : new(HnswM, EfConstruct),
        QuantizationConfig: Quantization == "int8" && vectors is not null ? new(new(Quantile: 0.99, AlwaysRam: true)) : null);

    internal QdrantSearchParameters Search => new(
        Exact ? null : HnswEf, Exact ? true : null, Exact || Quantization == "none" ? null : new(Rescore: true, Oversampling: Oversampling));
}
