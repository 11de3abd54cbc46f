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
        group.MapPost("/check", CheckAsync).WithName("CheckRecipe").WithSummary("Reads a recipe (YAML or JSON in the body) and tells every problem at once.").Accepts<string>("application/yaml", "application/json", "text/plain");
        group.MapPost("/estimate", EstimateAsync).WithName("EstimateRecipe").WithSummary("Memory and time of a recipe; with probe the rate is measured by a step.");
    }

    static async Task<Results<Ok<RecipeCheck>, ProblemHttpResult>> CheckAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > MostLetters)
            return TypedResults.Problem($"expected {MostLetters:N0} bytes at most, found {request.ContentLength:N0}.", statusCode: StatusCodes.Status413PayloadTooLarge);
        using var reader = new StreamReader(request.Body);
        var text = new char[MostLetters + 1];
        return TypedResults.Ok(Check(new string(text, 0, await reader.ReadBlockAsync(text, ct))));
    }

    /// <summary>What a page and a script both learn of a recipe.</summary>
    public static RecipeCheck Check(string text)
    {
        try
        {
            var (spec, problems) = TrainSpecs.Read(text);
            return new(spec, TrainSpecs.ToYaml(spec), problems);
        }
        catch (SpecSyntaxException e)
        {
            return new(null, null, [new("", e.Message)]);
        }
    }

    static async Task<Results<Ok<TrainEstimate>, ProblemHttpResult>> EstimateAsync(EstimateRequest request, TrainerClient trainer, CancellationToken ct)
    {
        try
        {
            RunSpecs.ThrowIfInvalid(RunKinds.Train, request.Spec);
            return TypedResults.Ok(await trainer.EstimateAsync(request, ct));
        }
        catch (ServiceException e)
        {
            return TypedResults.Problem(e.Message, statusCode: (int)e.Status);
        }
    }
}
