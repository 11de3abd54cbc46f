using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts.Benchmarks;

namespace ReasonIR.Portal.Benchmarks;

/// <summary>Benchmarks over REST.</summary>
public static class BenchmarksApi
{
    /// <summary>Adds the endpoints below <c>/api/benchmarks</c>.</summary>
    public static void MapBenchmarks(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/benchmarks").WithTags("Benchmarks");
        group.MapGet("/", ListAsync).WithName("ListBenchmarks").WithSummary("The registry and one's own benchmarks.");
        group.MapGet("/{name}", GetAsync).WithName("GetBenchmark").WithSummary("A benchmark's tasks, the systems measured here and the results that others report.");
    }

    static async Task<Ok<IReadOnlyList<Benchmark>>> ListAsync(BenchmarksService benchmarks, CancellationToken ct) => TypedResults.Ok(await benchmarks.ListAsync(ct));

    static async Task<Results<Ok<BenchmarkBoard>, ProblemHttpResult>> GetAsync(string name, string? querySet, bool? longDocuments, BenchmarksService benchmarks, CancellationToken ct) =>
        await benchmarks.FindAsync(name, querySet, longDocuments ?? false, ct) is { } board ? TypedResults.Ok(board) : Missing.Of("benchmark", name);
}
