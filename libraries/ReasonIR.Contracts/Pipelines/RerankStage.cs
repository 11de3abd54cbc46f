using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Pipelines;

/// <summary>Orders the best documents anew. A document's score is <c>weight × rerank score + retrievalWeight × retrieval score</c>; what lies behind
/// <paramref name="Depth"/> keeps its order behind the reranked ones. Equal scores keep the order they had.</summary>
/// <param name="Kind"><c>encoder</c> (cosine of query and document), <c>cross-encoder</c> (a model that reads both together; its logit),
/// <c>pointwise</c> (a language model grades each from 0 to 5; the grade divided by 5) or <c>listwise</c> (a language model orders windows of them).</param>
/// <param name="Model">A registered encoder or cross-encoder.</param>
/// <param name="Depth">Documents reranked.</param>
/// <param name="Query">What it is asked: the <c>original</c> query or the <c>rewritten</c>.</param>
/// <param name="Weight">Of its own score.</param>
/// <param name="RetrievalWeight">Of the score that the document had; 0: it counts in ties only.</param>
/// <param name="With">Which score that is: the name of a retriever; null: that of the ranking that is reranked. A document that the retriever
/// did not find counts 0.</param>
/// <param name="Llm">For <c>pointwise</c> and <c>listwise</c>: how the model is asked.</param>
/// <param name="Instruction">For <c>encoder</c>: what it is told of the queries' task; null: its prompt for queries alone.</param>
public sealed record RerankStage(
    string Kind, string? Model = null, int Depth = 100, string Query = "original", double Weight = 1, double RetrievalWeight = 0, string? With = null,
    RerankByModel? Llm = null, QueryInstruction? Instruction = null)
{
    internal IEnumerable<string> Problems(string field, IReadOnlyList<RetrieverStage> retrievers) =>
    [
        .. SpecChecks.OneOf($"{field}.kind", Kind, "encoder", "cross-encoder", "pointwise", "listwise"),
        .. Kind is "encoder" or "cross-encoder" ? SpecChecks.Name($"{field}.model", Model) : [],
        .. Kind is "pointwise" or "listwise" && Model is not null ? new[] { $"{field}.model: the chat model is the configured one, found '{Model}'." } : [],
        .. Kind is "encoder" or "cross-encoder" && Llm is not null ? new[] { $"{field}.llm: only 'pointwise' and 'listwise' ask a language model, found the kind '{Kind}'." } : [],
        .. Llm?.Problems($"{field}.llm") ?? [],
        .. Kind != "encoder" && Instruction is not null ? new[] { $"{field}.instruction: only the kind 'encoder' takes one, found '{Kind}'." } : [],
        .. Instruction?.Problems($"{field}.instruction") ?? [],
        .. SpecChecks.Range<int>($"{field}.depth", Depth, 1, 1000),
        .. SpecChecks.OneOf($"{field}.query", Query, "original", "rewritten"),
        .. SpecChecks.Range<double>($"{field}.weight", Weight, 0, 1_000_000),
        .. SpecChecks.Range<double>($"{field}.retrievalWeight", RetrievalWeight, 0, 1_000_000),
        .. Weight == 0 && RetrievalWeight == 0 ? new[] { $"{field}.weight: expected a weight or a retrievalWeight above 0, found none." } : [],
        .. With is null || retrievers.Any(retriever => retriever?.Label == With) ? []
            : new[] { $"{field}.with: expected the name of a retriever ({string.Join(", ", retrievers.OfType<RetrieverStage>().Select(retriever => retriever.Label))}), found '{With}'." },
    ];
}
