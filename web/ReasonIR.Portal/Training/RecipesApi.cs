using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Specs;
using ReasonIR.Contracts.Trainer;

namespace ReasonIR.Portal.Training;

/// <summary>Recipes over REST: checked, and estimated by the Trainer, before a run is asked for.</summary>
public static class RecipesApi
{
    /// <summary>A recipe's letters at most.</summary>
    const int MostLetters = 1 << 20;

    /// <summary>Adds the endpoints below <c>/api/recipes</c>.</summary>
    public static void MapRecipes(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/recipes").WithTags("Recipes");
        group.MapGet("/", List).WithName("ListRecipes").WithSummary("The recipes that this installation brings along.");
        group.MapPost("/check", CheckAsync).WithName("CheckRecipe").WithSummary("Reads a recipe (YAML or JSON in the body) and tells every problem at once.");
        group.MapPost("/edit", Edit).WithName("EditRecipe").WithSummary("A recipe with fields set, path=value; null takes a field out.");
        group.MapPost("/estimate", EstimateAsync).WithName("EstimateRecipe").WithSummary("Memory and time of a recipe; with probe the rate is measured by a step.");
        api.MapGet("/runs/{id:long}/recipe", OfRunAsync).WithTags("Recipes").WithName("GetRunRecipe").WithSummary("The recipe of a training run as YAML, with a free name for its model.").Produces<string>(contentType: "application/yaml");
    }

    static async Task<Results<Ok<RecipeCheck>, ProblemHttpResult>> CheckAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > MostLetters)
            return TypedResults.Problem($"expected {MostLetters:N0} bytes at most, found {request.ContentLength:N0}.", statusCode: StatusCodes.Status413PayloadTooLarge);
        using var reader = new StreamReader(request.Body);
        var text = new char[MostLetters + 1];
        return TypedResults.Ok(RecipesService.Check(new string(text, 0, await reader.ReadBlockAsync(text, ct))));
    }

    static Results<Ok<EditedRecipe>, ProblemHttpResult> Edit(RecipeEdit request) => request.Text.Length > MostLetters
        ? TypedResults.Problem($"text: expected {MostLetters:N0} letters at most, found {request.Text.Length:N0}.", statusCode: StatusCodes.Status413PayloadTooLarge)
        : TypedResults.Ok(RecipesService.Edit(request.Text, request.Set ?? []));

    static Ok<IReadOnlyList<RecipeTemplate>> List(RecipesService recipes) => TypedResults.Ok(recipes.Templates);

    static async Task<Results<ContentHttpResult, ProblemHttpResult>> OfRunAsync(long id, RecipesService recipes, CancellationToken ct) =>
        await recipes.OfRunAsync(id, ct) is { } text ? TypedResults.Text(text, "application/yaml") : Missing.Of("run", id);

    static async Task<Results<Ok<TrainEstimate>, ProblemHttpResult>> EstimateAsync(EstimateRequest request, RecipesService recipes, CancellationToken ct)
    {
        try
        {
            return TypedResults.Ok(await recipes.EstimateAsync(request.Spec, request.Probe, ct));
        }
        catch (ServiceException e)
        {
            return TypedResults.Problem(e.Message, statusCode: (int)e.Status);
        }
    }
}
