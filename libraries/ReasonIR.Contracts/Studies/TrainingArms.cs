using System.Text.Json.Serialization;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;

namespace ReasonIR.Contracts.Studies;

/// <summary>
/// Models that differ in their training data alone: the same recipe, the same seeds, other sources or negatives. An arm whose datasets
/// are not there is left out and named.
/// </summary>
/// <param name="Arms">The first is the one that the others are tested against.</param>
/// <param name="Recipe">All but the data's sources and negatives; null: the static encoder from scratch with its defaults; where an arm has several sources, which
/// that one cannot take, the small Llama from scratch.</param>
/// <param name="Seeds">A model of each arm is trained for each; null: 0 alone. One seed shows no difference smaller than what seeds make.</param>
public sealed record TrainingArms(IReadOnlyList<TrainingArm> Arms, TrainSpec? Recipe = null, IReadOnlyList<int>? Seeds = null)
{
    /// <summary>What a model is called is completed by the run's number, the arm and the seed.</summary>
    const int LongestModel = 100;

    /// <summary>The seeds that are meant.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> MeantSeeds => Seeds is null ? [0] : [.. Seeds.Distinct()];

    /// <summary>
    /// Easy against hard negatives: in-batch ones alone, those of an easier set where there is one, and the hard ones.
    /// </summary>
    /// <param name="hard">A dataset with hard negatives.</param>
    /// <param name="easy">The same queries with easier negatives; null: none.</param>
    /// <param name="negatives">Drawn a query.</param>
    public static IReadOnlyList<TrainingArm> Negatives(string hard, string? easy, int negatives) =>
        [new("in-batch", [new(hard)], 0), .. easy is null ? Array.Empty<TrainingArm>() : [new("easy", [new(easy)], negatives)], new("hard", [new(hard)], negatives)];

    /// <summary>The paper's mixture: public data, with varied lengths, with hard queries, with both.</summary>
    public static IReadOnlyList<TrainingArm> Mixture(IReadOnlyList<string> publicData, IReadOnlyList<string> variedLength, IReadOnlyList<string> hardQueries)
    {
        var arms = new List<TrainingArm>();
        foreach (var (name, sets) in new[] { ("public", publicData), ("public-varied", [.. publicData, .. variedLength]), ("public-hard", [.. publicData, .. hardQueries]), ("all", [.. publicData, .. variedLength, .. hardQueries]) })
            if (sets.Count > 0 && !arms.Any(arm => arm.Sources.Select(source => source.Dataset).SequenceEqual(sets)))
                arms.Add(new(name, [.. sets.Select(set => new DataSource(set))]));
        return arms;
    }

    /// <summary>The training run of an arm.</summary>
    public TrainSpec Of(TrainingArm arm, int seed, string model)
    {
        var recipe = Recipe ?? new TrainSpec(new(model), new([]), Arms.Any(one => one?.Sources.Count > 1) ? new(BaseSection.TinyLlama, Tiny: new(KeepStart: false)) : new(Static: new(KeepStart: false)));
        return recipe with { Output = recipe.Output with { Name = model }, Data = recipe.Data with { Sources = arm.Sources, Negatives = arm.Negatives ?? recipe.Data.Negatives }, Seed = seed };
    }

    /// <summary>What the model of an arm is called.</summary>
    public static string Model(long run, TrainingArm arm, int seed) => $"experiment-{run}-{arm.Name}-{seed}";

    /// <summary>Every problem, each naming its field.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. Arms is { Count: > 1 and <= 20 } ? [] : new[] { $"training.arms: expected 2 to 20, found {Arms?.Count ?? 0}." },
        .. Seeds is { Count: 0 or > 20 } ? new[] { $"training.seeds: expected 1 to 20, found {Seeds.Count}." } : [],
        .. (Arms ?? []).OfType<TrainingArm>().GroupBy(arm => arm.Name).Where(group => group.Count() > 1).Select(group => $"training.arms: {group.Count()} are called '{group.Key}'; expected different names."),
        .. (Arms ?? []).SelectMany((arm, i) => arm is null ? [$"training.arms[{i}]: expected an object, found null."]
            : SpecChecks.Name($"training.arms[{i}].name", arm.Name).Concat(arm.Name?.Length > LongestModel / 2 ? [$"training.arms[{i}].name: expected {LongestModel / 2} letters at most."] : [])
                .Concat(Of(arm, 0, "m").Problems().Select(problem => $"training.arms[{i}]: {problem}"))),
    ];
}

/// <summary>A model's data.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Sources">Datasets.</param>
/// <param name="Negatives">Hard negatives drawn a query; null: as the recipe says.</param>
public sealed record TrainingArm(string Name, IReadOnlyList<DataSource> Sources, int? Negatives = null);
