using ReasonIR.Experiments;
using ReasonIR.Experiments.Indexes;

namespace ReasonIR.Search.Indexing;

/// <summary>What an index was made with; stored beside it.</summary>
/// <param name="Analyzer">BM25: how text became terms.</param>
/// <param name="ModelRevision">Dense: the weights that made the vectors.</param>
/// <param name="Dimension">Dense: width of the vectors.</param>
/// <param name="Dtype">Dense: how vectors are stored.</param>
/// <param name="Metric">Dense: what a score is.</param>
/// <param name="Backend"><c>embedded</c>.</param>
/// <param name="QueryPrompt">Dense: what the model puts before a query; empty: nothing.</param>
/// <param name="DocumentPrompt">Dense: what was put before each document; empty: nothing.</param>
public sealed record IndexParameters(
    string? Analyzer = null,
    string? ModelRevision = null,
    int? Dimension = null,
    string? Dtype = null,
    string? Metric = null,
    string Backend = "embedded",
    string? QueryPrompt = null,
    string? DocumentPrompt = null)
{
    /// <summary>The parameters of an index.</summary>
    public static IndexParameters Of(IndexEntry entry) => ExperimentsJson.Read<IndexParameters>(entry.Parameters);
}
