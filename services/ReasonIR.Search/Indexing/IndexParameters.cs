using ReasonIR.Contracts.Passages;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Indexes;
using ReasonIR.Experiments.Models;
using ReasonIR.Retrieval.Vectors;

namespace ReasonIR.Search.Indexing;

/// <summary>What an index was made with; stored beside it.</summary>
/// <param name="Analyzer">BM25: how text became terms.</param>
/// <param name="ModelRevision">Dense: the weights that made the vectors.</param>
/// <param name="Dimension">Dense: width of the vectors.</param>
/// <param name="Dtype">Dense: how vectors are stored.</param>
/// <param name="Metric">Dense: what a score is.</param>
/// <param name="Backend"><c>embedded</c> or <c>qdrant</c>.</param>
/// <param name="QueryPrompt">Dense: what the model puts before a query; empty: nothing.</param>
/// <param name="DocumentPrompt">Dense: what was put before each document; empty: nothing.</param>
/// <param name="Pooling">Dense: how token vectors became one.</param>
/// <param name="MaxTokens">Dense: where longer documents were cut.</param>
/// <param name="Storage">Dense: the precision that was asked for: <c>f32</c>, <c>bf16</c> or <c>int8</c>.</param>
/// <param name="Collection">At Qdrant: the collection.</param>
/// <param name="Format">Dense: the form of its files; one of another form is built anew.</param>
/// <param name="Passages">How documents were cut and their passages' scores joined, as <see cref="PassageRule"/> is written; null: not cut.</param>
/// <param name="Vectors">Vectors, or entries of BM25, where documents were cut.</param>
/// <param name="K1">BM25 at Qdrant: fixed with the weights.</param>
/// <param name="B">Likewise.</param>
public sealed record IndexParameters(
    string? Analyzer = null,
    string? ModelRevision = null,
    int? Dimension = null,
    string? Dtype = null,
    string? Metric = null,
    string Backend = "embedded",
    string? QueryPrompt = null,
    string? DocumentPrompt = null,
    string? Pooling = null,
    int? MaxTokens = null,
    string? Storage = null,
    string? Collection = null,
    int Format = 0,
    string? Passages = null,
    long? Vectors = null,
    double? K1 = null,
    double? B = null)
{
    /// <summary>The backend of another server.</summary>
    public const string Qdrant = "qdrant";

    /// <summary>The form of vector indexes that this version reads.</summary>
    public const int VectorFormat = 3;

    /// <summary>The form of the files that encode runs leave.</summary>
    public const int ShardFormat = 2;

    /// <summary>The parameters of an index.</summary>
    public static IndexParameters Of(IndexEntry entry) => ExperimentsJson.Read<IndexParameters>(entry.Parameters);

    /// <summary>Whether vectors that the model makes today can be compared with those of the index.</summary>
    public bool IsOf(Model model) => ModelRevision == model.Revision && Pooling == model.Pooling && MaxTokens == model.MaxTokens;

    /// <summary>Dense: what the index was made for, as the library asks.</summary>
    public VectorIndexSettings VectorSettings(string model) => new(
        Dimension ?? throw new InvalidDataException("A dense index without a dimension."),
        VectorMetric.Cosine,
        Storage switch { "bf16" => VectorStorage.BFloat16, "int8" => VectorStorage.Int8, _ => VectorStorage.Float32 },
        PassageRule.Parse(Passages)?.Aggregation == "mean" ? PartAggregation.Mean : PartAggregation.Max,
        new Dictionary<string, string>
        {
            ["model"] = model, ["revision"] = ModelRevision ?? "", ["queryPrompt"] = QueryPrompt ?? "", ["documentPrompt"] = DocumentPrompt ?? "",
            ["pooling"] = Pooling ?? "", ["maxTokens"] = $"{MaxTokens}", ["passages"] = Passages ?? "",
        });
}
