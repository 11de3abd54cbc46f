using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Datasets;

namespace ReasonIR.Portal.Datasets.Reviews;

/// <summary>Reviews of examples over REST.</summary>
public static class ReviewsApi
{
    /// <summary>Adds the endpoints to the group of datasets.</summary>
    public static void MapReviews(this IEndpointRouteBuilder datasets)
    {
        var group = datasets.MapGroup("/{dataset}/versions/{version:int}/reviews");
        group.MapGet("/", ExamplesAsync).WithName("ListReviewedExamples").WithSummary("Examples with what reviewers say: state=all, open, reviewed, disputed, accepted or rejected; author= for open.");
        group.MapPost("/", ReviewAsync).WithName("ReviewExamples").WithSummary("Accepts, rejects, edits, tags; all or none. Each decision is kept.");
        group.MapGet("/history", HistoryAsync).WithName("ListReviews").WithSummary("All decisions, newest first; ordinal= for one example.");
        group.MapGet("/agreement", AgreementAsync).WithName("GetReviewAgreement").WithSummary("What each reviewer decided, and how far each two agree (Cohen's kappa).");
        group.MapPost("/apply", ApplyAsync).WithName("ApplyReviews").WithSummary("A new version without what was rejected and with what was edited.");
    }

    static async Task<Results<Ok<Page<ReviewedExample>>, ProblemHttpResult>> ExamplesAsync(
        string dataset, int version, string? author, [AsParameters] Paging paging, ReviewsService reviews, CancellationToken ct, string state = "all", int from = 0)
    {
        paging = paging.Checked();
        return await reviews.ExamplesAsync(new(dataset, version), state, author, from, paging.First, paging.Count, ct) is { } page ? TypedResults.Ok(page) : Missing.Of($"version of dataset '{dataset}'", version);
    }

    static async Task<Results<Ok<IReadOnlyList<ReviewInfo>>, ProblemHttpResult>> ReviewAsync(string dataset, int version, ReviewRequest request, ReviewsService reviews, CancellationToken ct) =>
        await reviews.ReviewAsync(new(dataset, version), request, ct) is { } stored ? TypedResults.Ok(stored) : Missing.Of($"version of dataset '{dataset}'", version);

    static async Task<Results<Ok<Page<ReviewInfo>>, ProblemHttpResult>> HistoryAsync(
        string dataset, int version, int? ordinal, [AsParameters] Paging paging, ReviewsService reviews, CancellationToken ct)
    {
        paging = paging.Checked();
        return await reviews.HistoryAsync(new(dataset, version), ordinal, paging.First, paging.Count, ct) is { } page ? TypedResults.Ok(page) : Missing.Of($"version of dataset '{dataset}'", version);
    }

    static async Task<Results<Ok<AgreementInfo>, ProblemHttpResult>> AgreementAsync(string dataset, int version, ReviewsService reviews, CancellationToken ct) =>
        await reviews.AgreementAsync(new(dataset, version), ct) is { } agreement ? TypedResults.Ok(agreement) : Missing.Of($"version of dataset '{dataset}'", version);

    static async Task<Results<Ok<ApplyReviewsAnswer>, ProblemHttpResult>> ApplyAsync(string dataset, int version, ApplyReviewsRequest rules, ReviewedVersions reviewed, CancellationToken ct) =>
        await reviewed.ApplyAsync(new(dataset, version), rules, ct) is { } answer ? TypedResults.Ok(answer) : Missing.Of($"version of dataset '{dataset}'", version);
}
