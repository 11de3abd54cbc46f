using System.Text.Json.Serialization;
using ReasonIR.Contracts.Synthesis;

namespace ReasonIR.Contracts.Runs;

/// <summary>
/// Asks the language model in batches for all that stages of a run are about to need, so that their answers are in the cache when the run
/// itself asks. An <c>evaluate</c> run in batches starts such runs by itself, and waits for them.
/// </summary>
/// <param name="Run">The run whose stages these are; it pays.</param>
/// <param name="Stages">Of one or more systems, none of which waits for another one's answers.</param>
public sealed record AskSpec(long Run, IReadOnlyList<AskStage> Stages) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"batches of run {Run}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range<long>("run", Run, 1, long.MaxValue),
        .. Stages is { Count: > 0 and <= 1000 } ? [] : new[] { $"stages: expected 1 to 1000, found {Stages?.Count ?? 0}." },
        .. (Stages ?? []).SelectMany((stage, i) => stage?.Problems($"stages[{i}]") ?? [$"stages[{i}]: expected an object, found null."]),
    ];
}

/// <summary>What a stage is about to ask.</summary>
/// <param name="Name">The system and its stage.</param>
/// <param name="Kind"><c>rewrite</c> or <c>rerank</c>.</param>
/// <param name="File">In the run's work folder: gzip, one JSON document a line, <see cref="RewriteRequest"/> or <see cref="RerankRequest"/>.</param>
/// <param name="Requests">Lines.</param>
/// <param name="MaxCost">The run stops before its calls cost more; null: the configured cap.</param>
public sealed record AskStage(string Name, string Kind, string File, int Requests, double? MaxCost = null)
{
    /// <summary>A stage that writes rewrites.</summary>
    public const string Rewrite = "rewrite";

    /// <summary>A stage that grades or orders documents.</summary>
    public const string Rerank = "rerank";

    internal IEnumerable<string> Problems(string field) =>
    [
        .. SpecChecks.OneOf($"{field}.kind", Kind, Rewrite, Rerank),
        // A name without folders: it is looked for in the run's own.
        .. SpecChecks.Name($"{field}.file", File),
        .. SpecChecks.Range<int>($"{field}.requests", Requests, 0, int.MaxValue),
        .. SpecChecks.Range($"{field}.maxCost", MaxCost, 0, 1_000_000),
    ];
}

/// <summary>What an <c>ask</c> run leaves.</summary>
/// <param name="Uses">What each stage paid for, over all attempts of the run, in the order of its spec; an answer that two stages need is counted for the first.</param>
public sealed record AskOutput(IReadOnlyList<ModelUse> Uses);
