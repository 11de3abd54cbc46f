using System.Text.Json;

namespace ReasonIR.Contracts.Results;

/// <summary>A row of the leaderboard: one system measured on one query set.</summary>
/// <param name="Id">Its number.</param>
/// <param name="RunId">The run that measured it.</param>
/// <param name="Corpus">The corpus.</param>
/// <param name="QuerySet">The query set.</param>
/// <param name="System">The system's name.</param>
/// <param name="Label">The experiment it belongs to.</param>
/// <param name="Measures">trec_eval's names, means over the evaluated queries.</param>
/// <param name="Queries">Evaluated queries.</param>
/// <param name="Comparison">The paired test against the baseline; null for the baseline itself.</param>
/// <param name="Provenance">Where the numbers come from.</param>
/// <param name="CreatedAt">When it was measured.</param>
/// <param name="Outdated">What has changed since: the corpus, the query set or its judgments; null where the figures still stand for what is there.</param>
/// <param name="TrainedOn">The data that its encoders, and the models they were trained from, were trained on; empty where nobody here trained one.</param>
public sealed record ResultInfo(
    long Id,
    long RunId,
    string Corpus,
    string QuerySet,
    string System,
    string? Label,
    IReadOnlyDictionary<string, double> Measures,
    int Queries,
    ComparisonInfo? Comparison,
    JsonElement Provenance,
    DateTimeOffset CreatedAt,
    string? Outdated = null,
    IReadOnlyList<Models.TrainedOnInfo>? TrainedOn = null);

/// <summary>A paired t-test of a system against a baseline over the same queries.</summary>
/// <param name="Baseline">The baseline's name.</param>
/// <param name="Measure">The measure compared.</param>
/// <param name="Difference">Mean difference, system minus baseline.</param>
/// <param name="Low">Lower end of its 95 % interval; null where undefined.</param>
/// <param name="High">Upper end; null where undefined.</param>
/// <param name="PValue">Two-sided; null where undefined.</param>
/// <param name="Wins">Queries on which the system is better.</param>
/// <param name="Losses">Queries on which the baseline is better.</param>
/// <param name="Queries">Queries compared.</param>
public sealed record ComparisonInfo(string Baseline, string Measure, double Difference, double? Low, double? High, double? PValue, int Wins, int Losses, int Queries);

/// <summary>Where a result's numbers come from; two results differ by what differs here.</summary>
/// <param name="CodeVersion">Version of the code.</param>
/// <param name="Hardware">CPU and cores.</param>
/// <param name="CorpusHash">Content of the corpus.</param>
/// <param name="QuerySetHash">Content of queries, judgments and exclusions.</param>
/// <param name="System">The system, with every default written out.</param>
/// <param name="Analyzer">BM25's analyzer.</param>
/// <param name="Model">Name of the encoder.</param>
/// <param name="ModelRevision">Hash of its files.</param>
/// <param name="TokenizerHash">Hash of its tokenizer.</param>
/// <param name="Pooling">How token vectors become one.</param>
/// <param name="MaxTokens">Where texts are cut.</param>
/// <param name="QueryPrompt">What was put before a query; empty: nothing.</param>
/// <param name="DocumentPrompt">What was put before a document; empty: nothing.</param>
/// <param name="Dtype">Of the vectors searched.</param>
/// <param name="IndexKind">Of the vectors searched.</param>
/// <param name="Exclusions">How many exclusions were applied, over all queries.</param>
/// <param name="Depth">Documents kept for a query.</param>
/// <param name="Measured">Which implementation and rule measured it.</param>
public sealed record Provenance(
    string CodeVersion,
    string Hardware,
    string CorpusHash,
    string QuerySetHash,
    Search.SystemSpec System,
    string? Analyzer,
    string? Model,
    string? ModelRevision,
    string? TokenizerHash,
    string? Pooling,
    int? MaxTokens,
    string? QueryPrompt,
    string? DocumentPrompt,
    string? Dtype,
    string? IndexKind,
    int Exclusions,
    int Depth,
    string Measured)
{
    /// <summary>The queries and labels; null in results of versions that did not record them.</summary>
    public QueriesUsed? Queries { get; init; }

    /// <summary>The encoder's weights; null without one.</summary>
    public WeightsUsed? Weights { get; init; }

    /// <summary>The indexes that were searched.</summary>
    public IReadOnlyList<IndexUsed>? Indexes { get; init; }

    /// <summary>Time and cost.</summary>
    public Spent? Spent { get; init; }

    /// <summary>For a pipeline: its content and all that its stages used.</summary>
    public PipelineProvenance? Pipeline { get; init; }
}

/// <summary>What a pipeline's numbers come from beside its stages.</summary>
/// <param name="Name"><c>name@version</c> of a stored one; null for one that was given with the request.</param>
/// <param name="Hash">What the pipeline does.</param>
/// <param name="Models">Revision of every model that it used, by name.</param>
/// <param name="Rewrites">Hash of the rewrites that were looked up, over all queries.</param>
/// <param name="Notes">What its stages counted, e.g. <c>rerank: parseFailures</c>.</param>
/// <param name="Prompts">What the instructions of its encoders became, by stage: the text before each query.</param>
public sealed record PipelineProvenance(
    string? Name, string Hash, IReadOnlyDictionary<string, string> Models, string? Rewrites = null, IReadOnlyDictionary<string, double>? Notes = null,
    IReadOnlyDictionary<string, string>? Prompts = null);

/// <summary>One query of a result.</summary>
/// <param name="QueryId">Its id.</param>
/// <param name="Text">Its text.</param>
/// <param name="Measures">trec_eval's names.</param>
public sealed record ResultQueryInfo(string QueryId, string Text, IReadOnlyDictionary<string, double> Measures);
