using ReasonIR.Contracts.Synthesis;
using ReasonIR.Synthesis.Llm;

namespace ReasonIR.Synthesis.Reranking;

/// <summary>Reranking by the chat model over HTTP, for the Search service.</summary>
public static class RerankApi
{
    public static void MapRerank(this IEndpointRouteBuilder app) =>
        app.MapPost("/rerank", RerankAsync).WithName("Rerank").WithSummary("Scores texts for a query by the chat model.").WithTags("Pipelines").Produces<RerankAnswer>();

    static Task<IResult> RerankAsync(RerankRequest request, ModelReranker reranker, CancellationToken ct) =>
        ModelErrors.AnswerAsync(request.Problems(), () => reranker.RerankAsync(request, ct));
}
