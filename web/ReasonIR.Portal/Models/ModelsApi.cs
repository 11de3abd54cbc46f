using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts.Models;

namespace ReasonIR.Portal.Models;

/// <summary>Models over REST. A folder becomes a model by a run of kind <c>register-model</c>.</summary>
public static class ModelsApi
{
    /// <summary>Adds the endpoints below <c>/api/models</c>.</summary>
    public static void MapModels(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/models").WithTags("Models");
        group.MapGet("/", ListAsync).WithName("ListModels").WithSummary("All models, newest first.");
        group.MapGet("/{name}", GetAsync).WithName("GetModel").WithSummary("One model.");
        group.MapPut("/{name}/serving", ServeAsync).WithName("ServeModel").WithSummary("Says how a model is served from now on; what is left out is as for all models.");
    }

    static async Task<Ok<IReadOnlyList<ModelInfo>>> ListAsync(ModelsService models, CancellationToken ct) => TypedResults.Ok(await models.ListAsync(ct));

    static async Task<Results<Ok<ModelInfo>, ProblemHttpResult>> ServeAsync(string name, ServingSettings settings, ModelsService models, CancellationToken ct) =>
        await models.ServeAsync(name, settings, ct) is { } model ? TypedResults.Ok(model) : Missing.Of("model", name);

    static async Task<Results<Ok<ModelInfo>, ProblemHttpResult>> GetAsync(string name, ModelsService models, CancellationToken ct) =>
        await models.FindAsync(name, ct) is { } model ? TypedResults.Ok(model) : Missing.Of("model", name);
}
