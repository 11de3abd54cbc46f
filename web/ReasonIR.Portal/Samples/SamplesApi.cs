using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Portal.Samples;

/// <summary>The collections of this installation over REST.</summary>
public static class SamplesApi
{
    /// <summary>Adds the endpoints below <c>/api/samples</c>.</summary>
    public static void MapSamples(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/samples").WithTags("Samples");
        group.MapGet("/", List).WithName("ListSamples").WithSummary("Collections that this installation offers for a first try.");
        group.MapPost("/{name}/loop", StartAsync).WithName("RunSampleLoop").WithSummary("Runs the whole loop on one of them.");
    }

    static Ok<IReadOnlyList<SampleInfo>> List(SampleLoop samples) => TypedResults.Ok(samples.List());

    static async Task<Results<Created<RunInfo>, ProblemHttpResult>> StartAsync(string name, SampleLoop samples, CancellationToken ct)
    {
        try
        {
            var run = await samples.StartAsync(name, ct);
            return TypedResults.Created($"/api/runs/{run.Id}", run);
        }
        catch (KeyNotFoundException)
        {
            return Missing.Of("sample", name);
        }
    }
}
