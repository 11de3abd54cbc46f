using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Portal.Datasets.Cards;
using ReasonIR.Portal.Datasets.Differences;
using ReasonIR.Portal.Datasets.Exports;
using ReasonIR.Portal.Datasets.Lineage;
using ReasonIR.Portal.Datasets.Reports;

namespace ReasonIR.Portal.Datasets;

/// <summary>Datasets as products over REST: files, cards, reports, differences, lineage.</summary>
public static class DatasetQualityApi
{
    /// <summary>Adds the endpoints to the group of datasets.</summary>
    public static void MapDatasetQuality(this IEndpointRouteBuilder group)
    {
        group.MapGet("/{dataset}/versions/{version:int}/export", ExportAsync).WithName("ExportDataset").WithSummary("The examples as a file: jsonl, instruct, flagembedding, st, parquet or st-parquet.");
        group.MapGet("/{dataset}/versions/{version:int}/card", CardAsync).WithName("GetDatasetCard").WithSummary("The dataset card (README.md) that goes with the file of a format.");
        group.MapGet("/{dataset}/versions/{version:int}/report", ReportAsync).WithName("GetDatasetReport").WithSummary("Lengths, difficulty, duplicates, judges' grades, contamination, costs, reviews.");
        group.MapGet("/{dataset}/versions/{version:int}/examples/{ordinal:int}", LineageAsync).WithName("GetExampleLineage").WithSummary("An example with its document, prompts, calls and their cost.");
        group.MapGet("/difference", DifferenceAsync).WithName("CompareDatasetVersions").WithSummary("Examples that one version has and another has not: a=name@1&b=name@2&change=added.");
    }

    static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> ExportAsync(
        string dataset, int version, int? negatives, DatasetExport exports, CancellationToken ct, string format = "plain", bool lossy = false) =>
        await exports.WriteAsync(new(dataset, version), new(format, negatives, lossy), ct) is { } file
            ? TypedResults.File(file, ExportForm.Of(format).Parquet ? "application/vnd.apache.parquet" : "application/jsonl", $"{dataset}-{version}.{(ExportForm.Of(format).Parquet ? "parquet" : "jsonl")}")
            : Missing.Of($"version of dataset '{dataset}'", version);

    static async Task<Results<ContentHttpResult, ProblemHttpResult>> CardAsync(
        string dataset, int version, int? negatives, DatasetCards cards, CancellationToken ct, string format = "plain", bool lossy = false) =>
        await cards.WriteAsync(new(dataset, version), new(format, negatives, lossy), ct) is { } card
            ? TypedResults.Text(card, "text/markdown", System.Text.Encoding.UTF8) : Missing.Of($"version of dataset '{dataset}'", version);

    static async Task<Results<Ok<DatasetQuality>, ProblemHttpResult>> ReportAsync(string dataset, int version, DatasetQualityService quality, CancellationToken ct) =>
        await quality.ReadAsync(new DatasetReference(dataset, version), ct) is { } found ? TypedResults.Ok(found) : Missing.Of($"version of dataset '{dataset}'", version);

    static async Task<Results<Ok<ExampleLineage>, ProblemHttpResult>> LineageAsync(string dataset, int version, int ordinal, ExampleLineages lineages, CancellationToken ct) =>
        await lineages.ReadAsync(new(dataset, version), ordinal, ct) is { } found ? TypedResults.Ok(found) : Missing.Of($"example of version {version} of dataset '{dataset}'", ordinal);

    static async Task<Results<Ok<DatasetDifference>, ProblemHttpResult>> DifferenceAsync(
        string a, string b, string? change, [AsParameters] Paging paging, DatasetDifferences differences, CancellationToken ct)
    {
        paging = paging.Checked();
        return await differences.ReadAsync(DatasetReference.Parse(a, "a"), DatasetReference.Parse(b, "b"), change, paging.First, paging.Count, ct) is { } found
            ? TypedResults.Ok(found) : Missing.Of("dataset version", $"{a}' or '{b}");
    }
}
