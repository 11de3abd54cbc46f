using ReasonIR.Contracts.Pipelines;

namespace ReasonIR.Search.Pipelines;

/// <summary>Scores documents for a query anew.</summary>
public interface IReranker
{
    /// <summary>Its name in a pipeline.</summary>
    string Kind { get; }

    /// <summary>A score a document, in their order, larger is better; null where it could not say.</summary>
    /// <param name="query">The query.</param>
    /// <param name="documents">Texts, in the order of the ranking that is reranked.</param>
    Task<RerankScores> ScoreAsync(RerankStage stage, string query, IReadOnlyList<string> documents, PipelineContext context, CancellationToken ct);
}

/// <summary>What a reranker said of one query.</summary>
/// <param name="Scores">In the order of the documents.</param>
/// <param name="Notes">What it counted; summed over queries.</param>
public sealed record RerankScores(IReadOnlyList<double> Scores, IReadOnlyDictionary<string, double>? Notes = null);
