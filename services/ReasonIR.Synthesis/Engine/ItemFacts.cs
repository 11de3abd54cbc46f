namespace ReasonIR.Synthesis.Engine;

/// <summary>What happened to an item, for the run's report; stored beside its examples.</summary>
/// <param name="Skipped">Why it has no example, or null.</param>
/// <param name="Outcomes">What was made and kept, dropped, or asked for again.</param>
/// <param name="Values">Lengths in words, grades and attempts, by name.</param>
/// <param name="Pairs">Grades of the judge and of the second one, of the same passages.</param>
public sealed record ItemFacts(
    string? Skipped, int Examples, int Negatives, IReadOnlyList<StepOutcome> Outcomes, IReadOnlyDictionary<string, IReadOnlyList<int>> Values, IReadOnlyList<int[]> Pairs);

/// <param name="Step">The section of the recipe.</param>
/// <param name="What"><c>kept</c>, <c>dropped</c> or <c>again</c>.</param>
/// <param name="Reason">Why, where it was not kept.</param>
/// <param name="Example">The beginning of what it was.</param>
public sealed record StepOutcome(string Step, string What, string? Reason = null, string? Example = null);

/// <summary>Writes down what happens to one item. Not thread-safe.</summary>
sealed class ItemJournal
{
    /// <summary>Letters of an example.</summary>
    const int MostLetters = 300;

    readonly List<StepOutcome> outcomes = [];
    readonly Dictionary<string, List<int>> values = [];
    readonly List<int[]> pairs = [];

    public void Keep(string step) => outcomes.Add(new(step, "kept"));

    public void Drop(string step, string reason, string? example = null) => outcomes.Add(new(step, "dropped", reason, Beginning(example)));

    /// <summary>Failed attempts before the one that passed.</summary>
    public void Again(string step, IEnumerable<Llm.CheckFailure> failures)
    {
        foreach (var failure in failures)
            outcomes.Add(new(step, "again", failure.Reason, Beginning(failure.Told)));
    }

    public void Value(string name, int value)
    {
        if (!values.TryGetValue(name, out var known))
            values[name] = known = [];
        known.Add(value);
    }

    public void Pair(int grade, int second) => pairs.Add([grade, second]);

    public ItemFacts Facts(IReadOnlyList<Generation.GeneratedExample> examples, string? skipped) => new(
        skipped, examples.Count, examples.Sum(example => example.Negatives.Count), outcomes, values.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<int>)pair.Value), pairs);

    static string? Beginning(string? text) => text is null || text.Length <= MostLetters ? text : text[..MostLetters] + "...";
}
