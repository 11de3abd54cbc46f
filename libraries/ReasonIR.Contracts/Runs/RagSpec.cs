using System.Text.Json.Serialization;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Contracts.Runs;

/// <summary>
/// A language model answers multiple-choice questions, by itself and with passages before the question, and each way (an arm) is counted:
/// accuracy with intervals, by subject, tested against the first arm (paper, section 5: MMLU and GPQA).
/// </summary>
/// <param name="UploadId">An upload that holds one file: MMLU's zip, GPQA's CSV, or JSON lines.</param>
/// <param name="Arms">The ways; the first is the one that the others are tested against.</param>
/// <param name="Name">What the question set is called.</param>
/// <param name="Split">Which questions are asked.</param>
/// <param name="Subjects">Only these; null: all.</param>
/// <param name="PerSubject">Questions of a subject at most, from the first; null: all.</param>
/// <param name="Shots">Questions of the split <c>dev</c> with their answers that are shown before.</param>
/// <param name="ChainOfThought">Whether the model reasons before it answers.</param>
/// <param name="PassageTokens">What all passages of a question may take together; tokens are estimated from letters.</param>
/// <param name="Tokens">The bound of an answer.</param>
/// <param name="Temperature">Of sampling.</param>
/// <param name="TopP">Nucleus sampling; null: the server's own.</param>
/// <param name="Seed">Of sampling, and of the order of GPQA's choices.</param>
/// <param name="MaxCost">The run stops before its calls cost more; null: the configured cap.</param>
/// <param name="Batch">The questions are sent as batch files, which the endpoint answers within a day, cheaper with some; not for arms whose pipelines ask the model themselves.</param>
public sealed record RagSpec(
    string UploadId, IReadOnlyList<RagArm> Arms, string Name = "questions", string Split = "test", IReadOnlyList<string>? Subjects = null, int? PerSubject = null, int Shots = 0,
    bool ChainOfThought = true, int PassageTokens = 3000, int Tokens = 1024, double Temperature = 0, double? TopP = null, int Seed = 0, double? MaxCost = null, bool Batch = false) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"rag {Name}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. Guid.TryParseExact(UploadId, "N", out _) ? [] : new[] { $"uploadId: expected the id of an upload, found '{UploadId}'." },
        .. SpecChecks.Name("name", Name),
        .. SpecChecks.OneOf("split", Split, "test", "val", "dev"),
        .. Arms is { Count: > 0 and <= 20 } ? [] : new[] { $"arms: expected 1 to 20, found {Arms?.Count ?? 0}." },
        .. (Arms ?? []).SelectMany((arm, i) => arm?.Problems($"arms[{i}]") ?? [$"arms[{i}]: expected an object, found null."]),
        .. (Arms ?? []).OfType<RagArm>().GroupBy(arm => arm.Name).Where(group => group.Count() > 1).Select(group => $"arms: the name '{group.Key}' occurs {group.Count()} times; expected once."),
        .. Batch ? (Arms ?? []).Index().Where(arm => arm.Item?.System?.Stages is { AsksModel: true }).Select(arm => LiveProblem(arm.Index)) : [],
        .. SpecChecks.Patterns("subjects", Subjects),
        .. SpecChecks.Range("perSubject", PerSubject, 1, 1_000_000),
        .. SpecChecks.Range<int>("shots", Shots, 0, 20),
        .. Shots > 0 && Split == "dev" ? new[] { "shots: examples are taken from the split 'dev', which is asked here; expected 0." } : [],
        .. SpecChecks.Range<int>("passageTokens", PassageTokens, 16, 1_000_000),
        .. SpecChecks.Range<int>("tokens", Tokens, 1, 32_768),
        .. SpecChecks.Range<double>("temperature", Temperature, 0, 2),
        .. SpecChecks.Range("topP", TopP, 0.01, 1),
        .. SpecChecks.Range("maxCost", MaxCost, 0, 1_000_000),
    ];

    /// <summary>Why an arm cannot be asked in batches: passages are looked up one question at a time, as interactive searches are.</summary>
    public static string LiveProblem(int arm) => $"arms[{arm}].system: its pipeline asks the language model itself, which a run in batches cannot; expected one without such stages, or batch: false.";
}

/// <summary>A way to answer: closed book, with passages of one of our corpora, or with those of another search engine.</summary>
/// <param name="Name">What the result calls it.</param>
/// <param name="Corpus">The corpus that passages come from; null: closed book, unless <paramref name="External"/> is given.</param>
/// <param name="System">Who finds them; null: BM25.</param>
/// <param name="Passages">How many.</param>
/// <param name="External">Another search engine.</param>
public sealed record RagArm(string Name, string? Corpus = null, SystemSpec? System = null, int Passages = 3, ExternalSearch? External = null)
{
    /// <summary>Every problem, each naming its field below <paramref name="field"/>.</summary>
    internal IEnumerable<string> Problems(string field) =>
    [
        .. SpecChecks.Name($"{field}.name", Name),
        .. Corpus is null ? [] : SpecChecks.Name($"{field}.corpus", Corpus),
        .. Corpus is null && System is not null ? new[] { $"{field}.system: without a corpus nothing is searched." } : [],
        .. Corpus is not null && External is not null ? new[] { $"{field}.external: expected a corpus or another search engine, found both." } : [],
        .. System?.Problems($"{field}.system") ?? [],
        .. SpecChecks.Range<int>($"{field}.passages", Passages, 1, 100),
        .. External?.Problems($"{field}.external") ?? [],
    ];
}

/// <summary>A search engine that takes a JSON object by POST and answers a JSON object with a list of passages.</summary>
/// <param name="Url">Its address.</param>
/// <param name="QueryField">Where the question is put.</param>
/// <param name="CountField">Where the number of passages is put; null: nowhere.</param>
/// <param name="Results">Where the list stands in the answer, e.g. <c>data.results</c>; empty: the answer is the list.</param>
/// <param name="Text">Where the text stands in an item, e.g. <c>passage.text</c>; empty: the item is the text.</param>
/// <param name="Datastore">What it searches, for the record.</param>
public sealed record ExternalSearch(string Url, string Datastore, string QueryField = "query", string? CountField = "k", string Results = "results", string Text = "text")
{
    internal IEnumerable<string> Problems(string field) =>
    [
        .. Uri.TryCreate(Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 ? [] : new[] { $"{field}.url: expected an http or https address without user or password, found '{Url}'." },
        .. string.IsNullOrWhiteSpace(Datastore) ? new[] { $"{field}.datastore: expected what it searches, found nothing." } : SpecChecks.Length($"{field}.datastore", Datastore, 500),
        .. string.IsNullOrWhiteSpace(QueryField) ? new[] { $"{field}.queryField: expected a name, found none." } : [],
    ];
}

/// <summary>What a <c>rag</c> run leaves.</summary>
/// <param name="Name">The question set.</param>
/// <param name="Questions">Questions asked.</param>
/// <param name="QuestionsHash">Of the whole set.</param>
/// <param name="Model">The language model.</param>
/// <param name="PromptHash">Of the prompt.</param>
/// <param name="Arms">In the order of the spec.</param>
/// <param name="Spending">What it took.</param>
/// <param name="Note">What the user should know, e.g. that a cap ended it early.</param>
public sealed record RagOutput(string Name, int Questions, string QuestionsHash, string Model, string PromptHash, IReadOnlyList<RagArmResult> Arms, SynthesisSpending Spending, string? Note = null);

/// <summary>An arm's result.</summary>
/// <param name="Name">The arm.</param>
/// <param name="Datastore">What passages came from; null: closed book.</param>
/// <param name="Score">All questions.</param>
/// <param name="Subjects">By subject.</param>
/// <param name="Against">McNemar's test against the first arm; null for that one.</param>
public sealed record RagArmResult(string Name, string? Datastore, RagScore Score, IReadOnlyDictionary<string, RagScore> Subjects, RagTest? Against);

/// <summary>Right answers; an answer without a letter counts as wrong.</summary>
/// <param name="Questions">Questions answered.</param>
/// <param name="Right">Of them.</param>
/// <param name="Unparsable">Answers in which no letter was found.</param>
/// <param name="Accuracy">Right / questions.</param>
/// <param name="Low">Lower end of Wilson's 95 % interval.</param>
/// <param name="High">Upper end.</param>
public sealed record RagScore(int Questions, int Right, int Unparsable, double Accuracy, double Low, double High);

/// <summary>McNemar's exact test.</summary>
/// <param name="Arm">The arm it is tested against.</param>
/// <param name="Gained">Questions that only this arm answered rightly.</param>
/// <param name="Lost">Questions that only the other answered rightly.</param>
/// <param name="PValue">Two-sided.</param>
public sealed record RagTest(string Arm, int Gained, int Lost, double PValue);
