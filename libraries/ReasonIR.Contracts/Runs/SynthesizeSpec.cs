using System.Text.Json.Serialization;
using ReasonIR.Contracts.Runs.Synthesis;

namespace ReasonIR.Contracts.Runs;

/// <summary>
/// Training examples from the documents of a corpus, as a new version of a dataset: a recipe whose steps are sections, each left out
/// where it is null. Written as YAML or JSON (<see cref="SynthesizeSpecs"/>).
/// </summary>
/// <param name="Corpus">The corpus whose documents are the seeds.</param>
/// <param name="Dataset">The dataset that gets a new version; created when it does not exist.</param>
/// <param name="Generator"><c>extractive</c> (no language model) or <c>llm</c>.</param>
/// <param name="Seed">Decides every draw.</param>
/// <param name="Extractive">Settings of the extractive generator.</param>
/// <param name="Llm">How the language model is used.</param>
/// <param name="HardNegatives">Negatives mined from the corpus; for <c>llm</c> in addition to the written ones.</param>
/// <param name="Queries">Hard queries about seed documents.</param>
/// <param name="VariedLength">Queries and texts of drawn lengths.</param>
/// <param name="Positives">Graded positives in place of the seed document.</param>
/// <param name="WrittenNegatives">Hard negatives that the model writes.</param>
/// <param name="Reasoned">Queries expanded step by step.</param>
/// <param name="Judge">Grades and filters.</param>
/// <param name="Seeds">Which documents examples are made from; null: all that have enough words, each text once.</param>
public sealed record SynthesizeSpec(
    string Corpus,
    string Dataset,
    string Generator = "extractive",
    int Seed = 0,
    ExtractiveSettings? Extractive = null,
    LlmSettings? Llm = null,
    MinedNegatives? HardNegatives = null,
    HardQuerySettings? Queries = null,
    VariedLengthSettings? VariedLength = null,
    PositiveSettings? Positives = null,
    WrittenNegativeSettings? WrittenNegatives = null,
    ReasonedSettings? Reasoned = null,
    JudgeSettings? Judge = null,
    SeedSettings? Seeds = null) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"synthesize {Dataset} ({Generator})";

    /// <summary>Whether the spec names a step that begins examples; without one, the generator <c>llm</c> has hard queries and written negatives.</summary>
    [JsonIgnore]
    public bool NamesSteps => Queries is not null || VariedLength is not null;

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("corpus", Corpus),
        .. SpecChecks.Name("dataset", Dataset),
        .. SpecChecks.OneOf("generator", Generator, "extractive", "llm"),
        .. Extractive?.Problems() ?? [],
        .. Llm?.Problems() ?? [],
        .. HardNegatives?.Problems() ?? [],
        .. Queries?.Problems() ?? [],
        .. VariedLength?.Problems() ?? [],
        .. Positives?.Problems() ?? [],
        .. WrittenNegatives?.Problems() ?? [],
        .. Reasoned?.Problems() ?? [],
        .. Judge?.Problems() ?? [],
        .. Seeds?.Problems(Corpus) ?? [],
        .. Together(),
    ];

    /// <summary>What does not go together.</summary>
    IEnumerable<string> Together()
    {
        (string Name, object? Value)[] steps =
        [
            ("queries", Queries), ("variedLength", VariedLength), ("positives", Positives), ("writtenNegatives", WrittenNegatives), ("reasoned", Reasoned), ("judge", Judge),
        ];
        var named = steps.Where(step => step.Value is not null).Select(step => step.Name).ToList();
        if (Seeds is not null && Generator == "extractive" && (Extractive ?? new()).Mode == "strategy")
            yield return "extractive.mode: expected examples beside seeds, because a strategy draws from every document of the corpus; found 'strategy'.";
        if (Generator == "extractive")
            foreach (var name in named)
                yield return $"{name}: is a step of the generator 'llm', found 'extractive'.";
        if (Generator != "llm")
            yield break;
        if (named.Count > 0 && !NamesSteps)
            yield return $"queries: expected queries or variedLength, because {string.Join(" and ", named)} {(named.Count == 1 ? "works" : "work")} on what they make.";
        if (NamesSteps && Llm?.QueriesPerDocument is not null)
            yield return "llm.queriesPerDocument: is short for queries.perDocument; expected one of both.";
        if (NamesSteps && Llm?.NegativesPerQuery is not null)
            yield return "llm.negativesPerQuery: is short for writtenNegatives.perQuery; expected one of both.";
        if (Positives is not null && Queries is null)
            yield return "positives: are looked for in the corpus for hard queries; expected queries.";
    }
}
