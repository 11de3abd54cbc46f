using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Contamination;
using ReasonIR.Portal.Results;

namespace ReasonIR.Portal.Contamination;

/// <summary>Contamination over REST. A report is made by a run of kind <c>contamination</c>.</summary>
public static class ContaminationApi
{
    /// <summary>Adds the endpoints.</summary>
    public static void MapContamination(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/contamination").WithTags("Contamination");
        group.MapGet("/", ListAsync).WithName("ListContaminationReports").WithSummary("Reports, newest first.");
        group.MapGet("/{id:long}", GetAsync).WithName("GetContaminationReport").WithSummary("One report.");
        group.MapGet("/{id:long}/findings", FindingsAsync).WithName("ListContaminationFindings").WithSummary("The queries and documents that training data touch, by kind.");
        api.MapGet("/results/{id:long}/exposure", ResultAsync).WithTags("Contamination").WithName("GetResultExposure").WithSummary("What the encoder of a result has seen of its queries, and the measures over the clean ones.");
        api.MapGet("/models/{name}/exposure", ModelAsync).WithTags("Contamination").WithName("GetModelExposure").WithSummary("What a model has seen of the evaluations its training data were compared with.");
    }

    static async Task<Ok<IReadOnlyList<ContaminationReportInfo>>> ListAsync(string? dataset, string? corpus, ContaminationService reports, CancellationToken ct) =>
        TypedResults.Ok(await reports.ListAsync(dataset, corpus, ct));

    static async Task<Results<Ok<ContaminationReportInfo>, ProblemHttpResult>> GetAsync(long id, ContaminationService reports, CancellationToken ct) =>
        await reports.FindAsync(id, ct) is { } report ? TypedResults.Ok(report) : Missing.Of("contamination report", id);

    static async Task<Results<Ok<Page<ContaminationFindingInfo>>, ProblemHttpResult>> FindingsAsync(long id, string? kind, [AsParameters] Paging paging, ContaminationService reports, CancellationToken ct)
    {
        paging = paging.Checked();
        return await reports.FindingsAsync(id, kind, paging.First, paging.Count, ct) is { } page ? TypedResults.Ok(page) : Missing.Of("contamination report", id);
    }

    static async Task<Results<Ok<ExposureInfo>, NoContent, ProblemHttpResult>> ResultAsync(long id, ResultsService results, ExposureService exposures, CancellationToken ct)
    {
        if (await results.FindAsync(id, ct) is not { } result)
            return Missing.Of("result", id);
        return await exposures.OfResultAsync(result, ct) is { } exposure ? TypedResults.Ok(exposure) : TypedResults.NoContent();
    }

    static async Task<Results<Ok<ExposureInfo>, ProblemHttpResult>> ModelAsync(string name, ExposureService exposures, CancellationToken ct) =>
        await exposures.OfModelAsync(name, ct) is { } exposure ? TypedResults.Ok(exposure) : Missing.Of("model", name);
}
