using System.Text.Json.Serialization;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Search;

/// <summary>A way to answer queries: one retriever, the fusion of BM25 and a dense one, or a whole pipeline.</summary>
/// <param name="Name">What results and the leaderboard call it, e.g. <c>bm25</c>, <c>dense-before</c>, <c>dense</c>, <c>hybrid</c>.</param>
/// <param name="Kind"><c>bm25</c>, <c>dense</c>, <c>hybrid</c> or <c>pipeline</c>.</param>
/// <param name="Model">The encoder of a dense or hybrid system.</param>
/// <param name="Bm25">BM25's settings; null: Lucene's, k1 0.9, b 0.4.</param>
/// <param name="Fusion">How a hybrid joins its two rankings; null: min-max with equal weights.</param>
/// <param name="Pipeline">For <c>pipeline</c>: a stored one, <c>name</c> (its newest version) or <c>name@version</c>.</param>
/// <param name="Stages">For <c>pipeline</c>: the pipeline itself, where it is not stored; beside a name, what that version holds.</param>
/// <param name="Instruction">For <c>dense</c> and <c>hybrid</c>: what the encoder is told of the queries' task; null: its prompt for queries alone.</param>
public sealed record SystemSpec(
    string Name, string Kind, string? Model = null, Bm25Settings? Bm25 = null, FusionSettings? Fusion = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Pipeline = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PipelineSpec? Stages = null,
    QueryInstruction? Instruction = null)
{
    /// <summary>A stored pipeline, <c>name</c> or <c>name@version</c>; versions of one beside each other are told apart by their names.</summary>
    public static SystemSpec OfPipeline(string reference) => new(reference.Replace('@', '-'), "pipeline", Pipeline: reference);

    /// <summary>Every problem, each naming its field below <paramref name="field"/>.</summary>
    public IEnumerable<string> Problems(string field) =>
    [
        .. SpecChecks.Name($"{field}.name", Name),
        .. SpecChecks.OneOf($"{field}.kind", Kind, "bm25", "dense", "hybrid", "pipeline"),
        .. Kind is "dense" or "hybrid" ? SpecChecks.Name($"{field}.model", Model) : [],
        .. Bm25?.Problems($"{field}.bm25") ?? [],
        .. Fusion is null ? [] : SpecChecks.OneOf($"{field}.fusion.method", Fusion.Method, "minmax", "rrf", "zscore"),
        .. SpecChecks.Range($"{field}.fusion.denseWeight", Fusion?.DenseWeight, 0, 1),
        .. SpecChecks.Range($"{field}.fusion.k", Fusion?.K, 1, 10_000),
        .. SpecChecks.Range($"{field}.fusion.depth", Fusion?.Depth, 1, 10_000),
        .. Kind == "pipeline" && Pipeline is null && Stages is null ? new[] { $"{field}.pipeline: expected the name of a stored pipeline, or the pipeline itself as {field}.stages; found neither." } : [],
        .. Kind != "pipeline" && (Pipeline is not null || Stages is not null) ? new[] { $"{field}.pipeline: only a system of kind 'pipeline' has one, found the kind '{Kind}'." } : [],
        .. Pipeline is null || PipelineReference.Parse(Pipeline) is not null ? [] : new[] { $"{field}.pipeline: expected a name or name@version, found '{Pipeline}'." },
        .. Instruction is not null && Kind is not ("dense" or "hybrid") ? new[] { $"{field}.instruction: only a system of kind dense or hybrid has one; in a pipeline its retrievers have. Found the kind '{Kind}'." } : [],
        .. Instruction?.Problems($"{field}.instruction") ?? [],
        .. Stages?.Problems().Select(problem => $"{field}.stages.{problem}") ?? [],
    ];

    /// <summary>The same with the text of every instruction that is meant by a task.</summary>
    /// <param name="text">Finds it.</param>
    public SystemSpec Instructed(Func<QueryInstruction, QueryInstruction> text) => this with
    {
        Instruction = Instruction is null ? null : text(Instruction),
        Stages = Stages?.Instructed(text),
    };
}

/// <summary>BM25's settings.</summary>
/// <param name="Variant"><c>lucene</c>, or <c>bright</c> (the query's terms are weighted by BM25 too); their figures must not be mixed.</param>
/// <param name="K1">Saturation of the term frequency.</param>
/// <param name="B">Share of the length normalization.</param>
/// <param name="Rm3">Expansion of the query by terms of the documents that it finds first; null: none. Only with <c>lucene</c>.</param>
public sealed record Bm25Settings(
    string Variant = "lucene", double K1 = 0.9, double B = 0.4, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Rm3Settings? Rm3 = null)
{
    internal IEnumerable<string> Problems(string field) =>
    [
        .. SpecChecks.OneOf($"{field}.variant", Variant, "lucene", "bright"),
        .. SpecChecks.Range<double>($"{field}.k1", K1, 0, 100),
        .. SpecChecks.Range<double>($"{field}.b", B, 0, 1),
        .. Rm3 is not null && Variant != "lucene" ? new[] { $"{field}.rm3: RM3 goes with the variant lucene, found '{Variant}'." } : [],
        .. SpecChecks.Range($"{field}.rm3.feedbackTerms", Rm3?.FeedbackTerms, 1, 1000),
        .. SpecChecks.Range($"{field}.rm3.feedbackDocuments", Rm3?.FeedbackDocuments, 1, 1000),
        .. SpecChecks.Range($"{field}.rm3.originalQueryWeight", Rm3?.OriginalQueryWeight, 0, 1),
    ];
}

/// <summary>RM3's settings; the defaults are Anserini's.</summary>
/// <param name="FeedbackTerms">Terms taken of each document, and of all together.</param>
/// <param name="FeedbackDocuments">Documents looked into.</param>
/// <param name="OriginalQueryWeight">The query's share of the expanded one, 0 to 1.</param>
public sealed record Rm3Settings(int FeedbackTerms = 10, int FeedbackDocuments = 10, double OriginalQueryWeight = 0.5);

/// <summary>How rankings are joined.</summary>
/// <param name="Method"><c>minmax</c> (weighted min-max), <c>rrf</c> (reciprocal ranks) or <c>zscore</c>.</param>
/// <param name="DenseWeight">Weight of the dense ranking for <c>minmax</c>; BM25's is 1 minus it.</param>
/// <param name="K">RRF's constant.</param>
/// <param name="Depth">How many of each ranking are fused.</param>
public sealed record FusionSettings(string Method = "minmax", double DenseWeight = 0.5, int K = 60, int Depth = 100);
