using System.Text.Json.Serialization;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Pipelines;

/// <summary>A retriever of a pipeline.</summary>
/// <param name="Kind"><c>bm25</c> or <c>dense</c>.</param>
/// <param name="Name">What its ranking is called; null: the kind, for <c>dense</c> with the model.</param>
/// <param name="Model">The encoder of a dense one.</param>
/// <param name="Bm25">BM25's settings; null: Lucene's, k1 0.9, b 0.4.</param>
/// <param name="Query">What it is asked: the <c>rewritten</c> query or the <c>original</c>.</param>
/// <param name="Depth">Documents of its ranking that go on; null: 100 where rankings are fused or reranked, otherwise the cut.</param>
/// <param name="Weight">Its weight in the fusion; null: all alike.</param>
/// <param name="Instruction">What the encoder of a dense one is told of the queries' task; null: its prompt for queries alone.</param>
[Shorthand(nameof(Kind))]
public sealed record RetrieverStage(
    string Kind, string? Name = null, string? Model = null, Bm25Settings? Bm25 = null, string Query = "rewritten", int? Depth = null, double? Weight = null,
    QueryInstruction? Instruction = null)
{
    /// <summary>What its ranking is called.</summary>
    [JsonIgnore]
    public string Label => Name ?? (Model is null ? Kind : $"{Kind}-{Model}");

    internal IEnumerable<string> Problems(string field) =>
    [
        .. SpecChecks.OneOf($"{field}.kind", Kind, "bm25", "dense"),
        .. Name is null ? [] : SpecChecks.Name($"{field}.name", Name),
        .. Kind == "dense" ? SpecChecks.Name($"{field}.model", Model) : [],
        .. Kind == "bm25" && Model is not null ? new[] { $"{field}.model: BM25 has no model, found '{Model}'." } : [],
        .. Kind != "bm25" && Bm25 is not null ? new[] { $"{field}.bm25: only a retriever of kind 'bm25' has these settings." } : [],
        .. Bm25?.Problems($"{field}.bm25") ?? [],
        .. Kind != "dense" && Instruction is not null ? new[] { $"{field}.instruction: only a retriever of kind 'dense' has an encoder to tell it to." } : [],
        .. Instruction?.Problems($"{field}.instruction") ?? [],
        .. SpecChecks.OneOf($"{field}.query", Query, "rewritten", "original"),
        .. SpecChecks.Range($"{field}.depth", Depth, 1, 10_000),
        .. SpecChecks.Range($"{field}.weight", Weight, 0, 1000),
    ];
}

/// <summary>How rankings become one.</summary>
/// <param name="Method"><c>rrf</c> (reciprocal ranks), <c>minmax</c> (weighted min-max) or <c>zscore</c>.</param>
/// <param name="K">RRF's constant.</param>
[Shorthand(nameof(Method))]
public sealed record FusionStage(string Method = "rrf", double K = 60)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.OneOf("fusion.method", Method, "rrf", "minmax", "zscore"),
        .. SpecChecks.Range<double>("fusion.k", K, 0, 10_000),
    ];
}
