using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Judging;

namespace ReasonIR.Portal.Judging;

/// <summary>Pools and judgments over REST.</summary>
public static class JudgingApi
{
    /// <summary>Adds the endpoints.</summary>
    public static void MapJudging(this IEndpointRouteBuilder api)
    {
        api.MapGet("/pool", PoolAsync).WithTags("Judgments").WithName("GetPool").WithSummary("Documents that the named results rank near the top and nobody judged: results=1,2&depth=10.");
        var group = api.MapGroup("/corpora/{corpus}/query-sets/{querySet}/judgments").WithTags("Judgments");
        group.MapPost("/", JudgeAsync).WithName("Judge").WithSummary("Changes judgments, all or none; each change is kept with its author.");
        group.MapGet("/", QrelsAsync).WithName("GetQrels").WithSummary("The judgments in TREC's form: query 0 document grade.").Produces<string>(contentType: "text/plain");
        group.MapPut("/", ImportAsync).WithName("PutQrels").WithSummary("Judgments of a file in TREC's form (the body), all or none; what it does not name stays.").Accepts<string>("text/plain");
        group.MapGet("/history", HistoryAsync).WithName("ListJudgmentEdits").WithSummary("Who changed which judgment when, newest first.");
    }

    static async Task<Ok<PoolInfo>> PoolAsync(string results, int? depth, [AsParameters] Paging paging, PoolService pools, CancellationToken ct)
    {
        paging = paging.Checked();
        return TypedResults.Ok(await pools.ReadAsync(Numbers(results), depth ?? 10, paging.First, paging.Count, ct));
    }

    static async Task<Results<Ok<JudgeAnswer>, ProblemHttpResult>> JudgeAsync(string corpus, string querySet, JudgeRequest request, JudgingService judging, CancellationToken ct) =>
        await judging.JudgeAsync(corpus, querySet, request, ct) is { } answer ? TypedResults.Ok(answer) : Missing.Of($"query set of corpus '{corpus}'", querySet);

    static async Task<IResult> QrelsAsync(string corpus, string querySet, QrelsService qrels, CancellationToken ct) =>
        await qrels.ReadAsync(corpus, querySet, ct) is { } judgments
            ? TypedResults.Text(string.Concat(judgments.Select(judgment => FormattableString.Invariant($"{judgment.QueryId} 0 {judgment.DocumentId} {judgment.Grade}\n"))), "text/plain")
            : Missing.Of($"query set of corpus '{corpus}'", querySet);

    static async Task<Results<Ok<JudgeAnswer>, ProblemHttpResult>> ImportAsync(string corpus, string querySet, string author, string? note, string? name, HttpRequest request, QrelsService qrels, CancellationToken ct) =>
        await qrels.ImportAsync(corpus, querySet, request.Body, name ?? "the file", author, note, ct) is { } answer ? TypedResults.Ok(answer) : Missing.Of($"query set of corpus '{corpus}'", querySet);

    static async Task<Results<Ok<Page<JudgmentEditInfo>>, ProblemHttpResult>> HistoryAsync(string corpus, string querySet, [AsParameters] Paging paging, JudgingService judging, CancellationToken ct)
    {
        paging = paging.Checked();
        return await judging.HistoryAsync(corpus, querySet, paging.First, paging.Count, ct) is { } page ? TypedResults.Ok(page) : Missing.Of($"query set of corpus '{corpus}'", querySet);
    }

    /// <summary>"1,2,3" as numbers.</summary>
    /// <exception cref="ArgumentException">Something else.</exception>
    public static IReadOnlyList<long> Numbers(string? results) =>
        [.. (results ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw new ArgumentException($"results: expected numbers of results separated by commas, found '{text}'."))];
}
