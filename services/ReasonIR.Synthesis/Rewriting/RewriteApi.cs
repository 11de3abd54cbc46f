using ReasonIR.Contracts.Synthesis;
using ReasonIR.Synthesis.Llm;

namespace ReasonIR.Synthesis.Rewriting;

/// <summary>Rewriting over HTTP, for the Search service.</summary>
public static class RewriteApi
{
    public static void MapRewrite(this IEndpointRouteBuilder app) =>
        app.MapPost("/rewrite", RewriteAsync).WithName("Rewrite").WithSummary("Rewrites queries by the chat model.").WithTags("Pipelines").Produces<RewriteAnswer>();

    static Task<IResult> RewriteAsync(RewriteRequest request, QueryRewriter rewriter, CancellationToken ct) =>
        ModelErrors.AnswerAsync(request.Problems(), () => rewriter.RewriteAsync(request, ct));
}
