using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>Training examples from the documents of a corpus, as a new version of a dataset.</summary>
/// <param name="Corpus">The corpus whose documents are the seeds.</param>
/// <param name="Dataset">The dataset that gets a new version; created when it does not exist.</param>
/// <param name="Generator"><c>extractive</c> (no language model) or <c>llm</c>.</param>
/// <param name="Seed">Decides every draw.</param>
/// <param name="Extractive">Settings of the extractive generator.</param>
/// <param name="Llm">Settings of the language model's generator.</param>
/// <param name="HardNegatives">Negatives mined by BM25; for <c>llm</c> in addition to the written ones.</param>
public sealed record SynthesizeSpec(
    string Corpus,
    string Dataset,
    string Generator = "extractive",
    int Seed = 0,
    ExtractiveSettings? Extractive = null,
    LlmSettings? Llm = null,
    MinedNegatives? HardNegatives = null) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"synthesize {Dataset} ({Generator})";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("corpus", Corpus),
        .. SpecChecks.Name("dataset", Dataset),
        .. SpecChecks.OneOf("generator", Generator, "extractive", "llm"),
        .. Extractive?.Problems() ?? [],
        .. Llm?.Problems() ?? [],
        .. HardNegatives?.Problems() ?? [],
    ];
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

/// <summary>Hard queries and hard negatives written by a chat model (paper section 3).</summary>
/// <param name="Documents">How many seed documents are used at most; null: all.</param>
/// <param name="QueriesPerDocument">Queries asked for a document.</param>
/// <param name="NegativesPerQuery">Hard negatives written for a query, each in a turn of its own.</param>
/// <param name="MinimumWords">Shorter documents are left out.</param>
/// <param name="Temperature">Sampling temperature.</param>
/// <param name="MaxCost">The run stops cleanly before its calls cost more than this, in the currency of the price table; null: no cap.</param>
/// <param name="Concurrency">Calls in flight.</param>
public sealed record LlmSettings(
    int? Documents = null,
    int QueriesPerDocument = 1,
    int NegativesPerQuery = 1,
    int MinimumWords = 20,
    double Temperature = 0,
    decimal? MaxCost = null,
    int Concurrency = 4)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range("llm.documents", Documents, 1, 10_000_000),
        .. SpecChecks.Range<int>("llm.queriesPerDocument", QueriesPerDocument, 1, 10),
        .. SpecChecks.Range<int>("llm.negativesPerQuery", NegativesPerQuery, 0, 10),
        .. SpecChecks.Range<int>("llm.minimumWords", MinimumWords, 0, 100_000),
        .. SpecChecks.Range<double>("llm.temperature", Temperature, 0, 2),
        .. SpecChecks.Range("llm.maxCost", MaxCost, 0, 1_000_000),
        .. SpecChecks.Range<int>("llm.concurrency", Concurrency, 1, 256),
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
