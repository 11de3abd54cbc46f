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
/// <param name="HardNegatives">Negatives mined by BM25; for <c>llm</c> in addition to the written ones.</param>
/// <param name="Queries">Hard queries about seed documents.</param>
/// <param name="VariedLength">Queries and texts of drawn lengths.</param>
/// <param name="Positives">Graded positives in place of the seed document.</param>
/// <param name="WrittenNegatives">Hard negatives that the model writes.</param>
/// <param name="Reasoned">Queries expanded step by step.</param>
/// <param name="Judge">Grades and filters.</param>
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
    JudgeSettings? Judge = null) : IRunSpec
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

/// <summary>Pairs cut from the documents themselves (RECIPE: a first encoder without downloads, labels or GPU).</summary>
/// <param name="Mode"><c>strategy</c>: the version stores how pairs are drawn, the trainer draws anew each step, and the stored examples are samples;
/// <c>examples</c>: the drawn examples are the data.</param>
/// <param name="Examples">How many examples are stored; null: every document once, at most 1,000 for a strategy without hard negatives.</param>
/// <param name="TitleShare">The share of pairs title to body, where a document has a title.</param>
/// <param name="KeepSentence">How often the query's sentence stays in the positive.</param>
public sealed record ExtractiveSettings(string Mode = "strategy", int? Examples = null, double TitleShare = 0.3, double KeepSentence = 0.1)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.OneOf("extractive.mode", Mode, "strategy", "examples"),
        .. SpecChecks.Range("extractive.examples", Examples, 1, 10_000_000),
        .. SpecChecks.Range<double>("extractive.titleShare", TitleShare, 0, 1),
        .. SpecChecks.Range<double>("extractive.keepSentence", KeepSentence, 0, 1),
    ];
}

/// <summary>Negatives taken from a BM25 ranking of the query, guarded against false negatives.</summary>
/// <param name="PerExample">How many an example gets; 0: none.</param>
/// <param name="FromRank">First rank of the window, from 1.</param>
/// <param name="ToRank">Last rank of the window.</param>
/// <param name="MaxScoreRatio">A candidate whose score exceeds this share of the positive's score is left out.</param>
public sealed record MinedNegatives(int PerExample = 0, int FromRank = 20, int ToRank = 100, double MaxScoreRatio = 0.95)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range<int>("hardNegatives.perExample", PerExample, 0, 100),
        .. SpecChecks.Range<int>("hardNegatives.fromRank", FromRank, 1, 1000),
        .. SpecChecks.Range<int>("hardNegatives.toRank", ToRank, FromRank, 1000),
        .. SpecChecks.Range<double>("hardNegatives.maxScoreRatio", MaxScoreRatio, 0, 10),
    ];
}
