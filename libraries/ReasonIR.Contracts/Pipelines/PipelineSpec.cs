using System.Text.Json.Serialization;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Pipelines;

/// <summary>
/// What happens to a query, as data: it may be rewritten, retrievers rank documents, their rankings are fused, documents are left out,
/// the best are reranked, and the rest is cut off. Written as YAML or JSON (<see cref="PipelineSpecs"/>).
/// </summary>
/// <param name="Retrievers">Who ranks documents; several are fused.</param>
/// <param name="Rewrite">How the query becomes another one; null: it stays.</param>
/// <param name="Fusion">How several rankings become one; null: by reciprocal ranks.</param>
/// <param name="Exclusions">Which documents are left out, before any cut; null: those that the query itself excludes.</param>
/// <param name="Rerank">Who orders the best of them anew; several, one after the other.</param>
/// <param name="Cut">Documents kept at the end.</param>
/// <param name="Description">What it is for; no part of its content.</param>
public sealed record PipelineSpec(
    IReadOnlyList<RetrieverStage> Retrievers,
    RewriteStage? Rewrite = null,
    FusionStage? Fusion = null,
    ExclusionStage? Exclusions = null,
    IReadOnlyList<RerankStage>? Rerank = null,
    int Cut = 1000,
    string? Description = null)
{
    /// <summary>Whether a stage asks a language model.</summary>
    [JsonIgnore]
    public bool AsksModel => Rewrite?.From == "llm" || Rerank?.Any(stage => stage?.Kind is "pointwise" or "listwise") == true;

    /// <summary>Every problem at once, each naming its field.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. Retrievers is { Count: > 0 and <= 10 } ? [] : new[] { $"retrievers: expected 1 to 10, found {Retrievers?.Count ?? 0}." },
        .. (Retrievers ?? []).SelectMany((retriever, i) => retriever?.Problems($"retrievers[{i}]") ?? [$"retrievers[{i}]: expected at least a kind, found nothing."]),
        .. (Retrievers ?? []).OfType<RetrieverStage>().GroupBy(retriever => retriever.Label).Where(group => group.Count() > 1)
            .Select(group => $"retrievers: {group.Count()} are called '{group.Key}'; expected different names."),
        .. Rewrite?.Problems() ?? [],
        .. Fusion?.Problems() ?? [],
        .. Fusion?.Method == "zscore" && (Retrievers ?? []).Any(retriever => retriever?.Weight is not null) ? new[] { "fusion.method: 'zscore' knows no weights, but a retriever has one." } : [],
        .. Exclusions?.Problems() ?? [],
        .. Rerank is { Count: > 4 } ? new[] { $"rerank: expected 4 stages at most, found {Rerank.Count}." } : [],
        .. (Rerank ?? []).SelectMany((stage, i) => stage?.Problems($"rerank[{i}]", Retrievers ?? []) ?? [$"rerank[{i}]: expected at least a kind, found nothing."]),
        .. SpecChecks.Range<int>("cut", Cut, 1, 10_000),
        .. SpecChecks.Length("description", Description, 2000),
    ];

    /// <summary>The same with the text of every instruction that is meant by a task.</summary>
    /// <param name="text">Finds it.</param>
    public PipelineSpec Instructed(Func<QueryInstruction, QueryInstruction> text) => this with
    {
        Retrievers = [.. Retrievers.Select(stage => stage.Instruction is { } own ? stage with { Instruction = text(own) } : stage)],
        Rerank = Rerank is null ? null : [.. Rerank.Select(stage => stage.Instruction is { } own ? stage with { Instruction = text(own) } : stage)],
    };
}

/// <summary>Which documents a pipeline leaves out, before any cut.</summary>
/// <param name="Apply">Whether those that a query excludes (BRIGHT's <c>excluded_ids</c>) are left out; false only to see what they do.</param>
/// <param name="Documents">Ids that are left out of every ranking.</param>
public sealed record ExclusionStage(bool Apply = true, IReadOnlyList<string>? Documents = null)
{
    internal IEnumerable<string> Problems() =>
    [
        .. Documents is { Count: > 100_000 } ? new[] { $"exclusions.documents: expected 100,000 ids at most, found {Documents.Count:N0}." } : [],
        .. SpecChecks.Patterns("exclusions.documents", Documents),
    ];
}
