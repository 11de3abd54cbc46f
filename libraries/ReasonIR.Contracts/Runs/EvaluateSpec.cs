using System.Text.Json.Serialization;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Contracts.Runs;

/// <summary>Systems answer the queries of a set and are measured as trec_eval does; each gets a row on the leaderboard.</summary>
/// <param name="Corpus">The corpus; the indexes that the systems need must be there.</param>
/// <param name="Systems">The systems.</param>
/// <param name="QuerySet">The query set with judgments; null: the corpus's only one, or the one named <c>test</c>.</param>
/// <param name="Depth">Documents kept for a query, after its exclusions are removed.</param>
/// <param name="Baseline">The system that the others are tested against (paired).</param>
/// <param name="Label">Groups the rows of one experiment on the leaderboard; null: the run's id.</param>
/// <param name="Exclusions">Whether the documents that a query excludes are removed from its ranking before the cut; false only to show what that changes.</param>
/// <param name="Batch">What the systems' stages ask a language model is sent as batch files, which its server answers within a day, cheaper with some.</param>
public sealed record EvaluateSpec(
    string Corpus,
    IReadOnlyList<SystemSpec> Systems,
    string? QuerySet = null,
    int Depth = 1000,
    string Baseline = "bm25",
    string? Label = null,
    bool Exclusions = true,
    bool Batch = false) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"evaluate {Corpus}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("corpus", Corpus),
        .. QuerySet is null ? [] : SpecChecks.Name("querySet", QuerySet),
        .. Systems.Count is > 0 and <= 50 ? [] : new[] { $"systems: expected 1 to 50, found {Systems.Count}." },
        .. Systems.SelectMany((system, i) => system?.Problems($"systems[{i}]") ?? [$"systems[{i}]: expected an object, found null."]),
        .. Systems.OfType<SystemSpec>().GroupBy(system => system.Name).Where(group => group.Count() > 1).Select(group => $"systems: the name '{group.Key}' occurs {group.Count()} times; expected once."),
        .. SpecChecks.Range<int>("depth", Depth, 1, 10_000),
    ];
}
