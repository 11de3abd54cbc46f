using System.Globalization;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Pipelines;

namespace ReasonIR.Portal.Components.Pipelines;

/// <summary>Stages in words.</summary>
public static class PipelineWords
{
    /// <summary>The rewriting stage.</summary>
    public static string Of(RewriteStage rewrite) => $"{(rewrite.From == "llm" ? Of(rewrite.Llm ?? new()) : rewrite.From == "query-set" ? $"query set {rewrite.Set}" : $"stored {rewrite.Set}")}, {JoinWords(rewrite.Join)}";

    static string Of(RewriteByModel model) => $"language model, {model.Tokens} tokens" + (model.Samples > 1 ? $", {model.Samples} samples" : "") + (model.Rounds > 1 ? $", {model.Rounds} rounds" : "");

    /// <summary>A retriever.</summary>
    public static string Of(PipelineSpec spec, RetrieverStage retriever) => string.Join(", ", new[]
    {
        retriever.Kind == "bm25" ? $"BM25 {(retriever.Bm25 ?? new()).Variant}" : $"{retriever.Kind} {retriever.Model}",
        $"top {PipelineSpecs.DepthOf(spec, retriever)}",
        retriever.Weight is { } weight ? $"weight {Number(weight)}" : null,
        spec.Rewrite is not null && retriever.Query == "original" ? "original query" : null,
        Of(retriever.Instruction),
    }.OfType<string>());

    static string? Of(QueryInstruction? instruction) => instruction is null ? null : instruction.Text is { } text ? $"told “{text}”" : $"told the task's instruction, by its {instruction.Task}";

    /// <summary>The fusion.</summary>
    public static string Of(FusionStage fusion) => fusion.Method switch { "rrf" => $"reciprocal ranks, k {Number(fusion.K)}", "minmax" => "min-max", _ => "z-scores" };

    /// <summary>A reranking stage.</summary>
    public static string Of(RerankStage stage) => $"{stage.Kind} {stage.Model ?? "language model"}, top {stage.Depth}"
        + (stage.RetrievalWeight > 0 ? $", {Number(stage.Weight)} × it + {Number(stage.RetrievalWeight)} × {stage.With ?? "retrieval"}" : "") + (Of(stage.Instruction) is { } told ? $", {told}" : "");

    static string JoinWords(string join) => join switch { "append" => "after the query", "interleave" => "in turn with the query", _ => "in place of the query" };

    static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
