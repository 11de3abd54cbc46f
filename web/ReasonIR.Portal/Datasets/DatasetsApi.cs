using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Portal.Datasets.Reviews;

namespace ReasonIR.Portal.Datasets;

/// <summary>Datasets over REST.</summary>
public static class DatasetsApi
{
    /// <summary>Adds the endpoints below <c>/api/datasets</c>.</summary>
    public static void MapDatasets(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/datasets").WithTags("Datasets");
        group.MapGet("/", ListAsync).WithName("ListDatasets").WithSummary("All versions of all datasets, newest first.");
        group.MapGet("/{dataset}/versions/{version:int}", GetAsync).WithName("GetDatasetVersion").WithSummary("One version.");
        group.MapGet("/{dataset}/versions/{version:int}/examples", ExamplesAsync).WithName("ListExamples").WithSummary("Examples: query, positives, hard negatives.");
        group.MapGet("/{dataset}/versions/{version:int}/unresolved", Unresolved).WithName("ListUnresolvedIds").WithSummary("Ids of imported examples that no corpus held, as TSV.");
        group.MapDatasetQuality();
        group.MapReviews();
    }

    static async Task<Ok<IReadOnlyList<DatasetVersionInfo>>> ListAsync(DatasetsService datasets, CancellationToken ct) =>
        TypedResults.Ok(await datasets.ListAsync(ct));

    static async Task<Results<Ok<DatasetVersionInfo>, ProblemHttpResult>> GetAsync(string dataset, int version, DatasetsService datasets, CancellationToken ct) =>
        await datasets.FindAsync(dataset, version, ct) is { } found ? TypedResults.Ok(found) : Missing.Of($"version of dataset '{dataset}'", version);

    static async Task<Results<Ok<Page<ExampleInfo>>, ProblemHttpResult>> ExamplesAsync(
        string dataset, int version, [AsParameters] Paging paging, DatasetsService datasets, CancellationToken ct)
    {
        paging = paging.Checked();
        return await datasets.ExamplesAsync(dataset, version, paging.First, paging.Count, ct) is { } page
            ? TypedResults.Ok(page)
            : Missing.Of($"version of dataset '{dataset}'", version);
    }

    static Results<FileStreamHttpResult, ProblemHttpResult> Unresolved(string dataset, int version, DatasetExport exports) =>
        exports.Unresolved(dataset, version) is { } file
            ? TypedResults.File(file, "text/tab-separated-values", $"{dataset}-{version}-unresolved.tsv")
            : Missing.Of($"list of unresolved ids of dataset '{dataset}', version", version);
}
