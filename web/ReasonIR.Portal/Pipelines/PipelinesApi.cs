using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.ServiceDefaults.Access;

namespace ReasonIR.Portal.Pipelines;

/// <summary>Pipelines and stored rewrites over REST.</summary>
public static class PipelinesApi
{
    /// <summary>A pipeline's letters at most.</summary>
    const int MostLetters = 1 << 20;

    /// <summary>Bytes of a set of rewrites at most.</summary>
    const long MostRewrites = 512L << 20;

    /// <summary>Adds the endpoints below <c>/api/pipelines</c> and <c>/api/rewrites</c>.</summary>
    public static void MapPipelines(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/pipelines").WithTags("Pipelines");
        group.MapGet("/", ListAsync).WithName("ListPipelines").WithSummary("The newest version of each pipeline.");
        group.MapPost("/check", CheckAsync).WithName("CheckPipeline").WithSummary("Reads a pipeline (YAML or JSON in the body) and tells every problem at once.");
        group.MapGet("/difference", DifferenceAsync).WithName("ComparePipelines").WithSummary("Where two pipelines differ (name or name@version), every default written out.");
        group.MapGet("/{name}", GetAsync).WithName("GetPipeline").WithSummary("A pipeline: name, or name@version.");
        group.MapGet("/{name}/versions", VersionsAsync).WithName("ListPipelineVersions").WithSummary("All versions of a pipeline, newest first.");
        group.MapPut("/{name}", SaveAsync).WithName("SavePipeline").WithSummary("Stores a pipeline (YAML or JSON in the body): a new version, unless the newest does the same.");
        var rewrites = api.MapGroup("/rewrites").WithTags("Pipelines");
        rewrites.MapGet("/", RewritesAsync).WithName("ListRewrites").WithSummary("Sets of stored rewrites.");
        rewrites.MapPut("/{name}", ImportAsync).WithName("ImportRewrites").WithSummary("Stores rewrites: a JSON object {\"query or its id\": \"rewrite\"}.").AllowUpload(MostRewrites);
    }

    static async Task<Ok<IReadOnlyList<PipelineInfo>>> ListAsync(PipelinesService pipelines, CancellationToken ct) => TypedResults.Ok(await pipelines.ListAsync(ct));

    static async Task<Results<Ok<PipelineInfo>, ProblemHttpResult>> GetAsync(string name, PipelinesService pipelines, CancellationToken ct) =>
        await pipelines.FindAsync(name, ct) is { } found ? TypedResults.Ok(found) : Missing.Of("pipeline", name);

    static async Task<Results<Ok<IReadOnlyList<PipelineInfo>>, ProblemHttpResult>> VersionsAsync(string name, PipelinesService pipelines, CancellationToken ct) =>
        await pipelines.VersionsAsync(name, ct) is { Count: > 0 } found ? TypedResults.Ok(found) : Missing.Of("pipeline", name);

    static async Task<Results<Ok<IReadOnlyList<PipelineDifference>>, ProblemHttpResult>> DifferenceAsync(string? a, string? b, PipelinesService pipelines, CancellationToken ct) =>
        await pipelines.DifferenceAsync(a, b, ct) is { } differences ? TypedResults.Ok(differences)
            : Missing.Of("pipeline", await pipelines.FindAsync(a, ct) is null ? a ?? "" : b ?? "");

    static async Task<Ok<PipelineCheck>> CheckAsync(HttpRequest request, CancellationToken ct) => TypedResults.Ok(PipelineCheck.Of(await TextAsync(request, ct)));

    static async Task<Ok<PipelineInfo>> SaveAsync(string name, HttpRequest request, PipelinesService pipelines, CancellationToken ct) =>
        TypedResults.Ok(await pipelines.SaveAsync(name, await TextAsync(request, ct), ct));

    static async Task<Ok<IReadOnlyList<RewriteSetInfo>>> RewritesAsync(PipelinesService pipelines, CancellationToken ct) => TypedResults.Ok(await pipelines.RewritesAsync(ct));

    static async Task<Results<Ok<RewriteSetInfo>, ProblemHttpResult>> ImportAsync(string name, HttpRequest request, PipelinesService pipelines, CancellationToken ct)
    {
        try
        {
            return TypedResults.Ok(await pipelines.ImportRewritesAsync(name, request.Body, ct));
        }
        catch (InvalidOperationException e)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }

    /// <summary>The body, one letter beyond what is allowed at most: the reader refuses that.</summary>
    static async Task<string> TextAsync(HttpRequest request, CancellationToken ct)
    {
        using var reader = new StreamReader(request.Body);
        var text = new char[MostLetters + 1];
        return new string(text, 0, await reader.ReadBlockAsync(text, ct));
    }
}
