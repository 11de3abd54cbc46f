using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>A dry run: makes a few items of a recipe as the run would, and says what the whole will take. Its answers are kept, the run does not pay for them again.</summary>
/// <param name="Recipe">The recipe, of the generator <c>llm</c>.</param>
/// <param name="Items">Documents, or examples of varied length, that are tried; drawn as the run draws them.</param>
public sealed record SynthesisForecastSpec(SynthesizeSpec Recipe, int Items = 3) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"forecast {Recipe.Dataset}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. Recipe?.Problems().Select(problem => $"recipe.{problem}") ?? ["recipe: expected a recipe, found nothing."],
        .. Recipe is not null && Recipe.Generator != "llm" ? new[] { $"recipe.generator: only 'llm' has anything to forecast, found '{Recipe.Generator}'." } : [],
        .. SpecChecks.Range<int>("items", Items, 1, 1000),
    ];
}
