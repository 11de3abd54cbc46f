using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts.Synthesis;

namespace ReasonIR.Portal.SystemState;

/// <summary>The system's state over REST.</summary>
public static class SystemApi
{
    /// <summary>Adds what the endpoints need.</summary>
    public static void AddSystem(this IServiceCollection services)
    {
        services.AddHttpClient<SynthesisClient>(client => client.BaseAddress = new("http://synthesis"));
        services.AddTransient<SystemService>();
    }

    /// <summary>Adds <c>/api/system</c> and <c>/api/generators</c>.</summary>
    public static void MapSystem(this IEndpointRouteBuilder api)
    {
        api.MapGet("/system", ReadAsync).WithTags("System").WithName("GetSystem").WithSummary("Processes, database, artifacts, versions.");
        api.MapGet("/generators", GeneratorsAsync).WithTags("Datasets").WithName("ListGenerators").WithSummary("What can generate training data as the system is configured.");
    }

    static async Task<Ok<SystemInfo>> ReadAsync(SystemService system, CancellationToken ct) => TypedResults.Ok(await system.ReadAsync(ct));

    static async Task<Results<Ok<SynthesisCapabilities>, ProblemHttpResult>> GeneratorsAsync(SystemService system, CancellationToken ct) =>
        await system.CapabilitiesAsync(ct) is { } capabilities
            ? TypedResults.Ok(capabilities)
            : TypedResults.Problem("The Synthesis service does not answer.", statusCode: StatusCodes.Status503ServiceUnavailable);
}
