using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Synthesis;

namespace ReasonIR.Search.Pipelines;

/// <summary>The Synthesis service's language model as a reranker.</summary>
public sealed class ModelReranker(string kind, SynthesisClient synthesis) : IReranker
{
    /// <inheritdoc/>
    public string Kind => kind;

    /// <inheritdoc/>
    public async Task<RerankScores> ScoreAsync(RerankStage stage, string query, IReadOnlyList<string> documents, PipelineContext context, CancellationToken ct)
    {
        var answer = await synthesis.RerankAsync(new(kind, query, documents, stage.Llm ?? new(), context.RunId), ct);
        return new(answer.Scores, new Dictionary<string, double>(ModelUseNotes.Of(answer.Use)) { ["parseFailures"] = answer.ParseFailures, ["refused"] = answer.Refused });
    }
}
