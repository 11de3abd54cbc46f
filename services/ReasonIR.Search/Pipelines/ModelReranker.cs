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
        var answer = await synthesis.RerankAsync(Request(stage, query, documents, context), ct);
        return new(answer.Scores, new Dictionary<string, double>(ModelUseNotes.Of(answer.Use)) { ["parseFailures"] = answer.ParseFailures, ["refused"] = answer.Refused });
    }

    /// <summary>Whether a stage asks the model.</summary>
    public static bool Asks(RerankStage stage) => stage.Kind is "pointwise" or "listwise";

    /// <summary>What a stage asks of a query; of each text only what is read.</summary>
    public static RerankRequest Request(RerankStage stage, string query, IReadOnlyList<string> documents, PipelineContext context)
    {
        var settings = stage.Llm ?? new();
        return new(stage.Kind, query, [.. documents.Select(text => settings.Read(text, stage.Kind))], settings, context.RunId);
    }
}
