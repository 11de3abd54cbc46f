using ReasonIR.Contracts.Synthesis;

namespace ReasonIR.Contracts.Runs;

/// <summary>What an <c>import</c> run leaves.</summary>
/// <param name="Documents">Documents of the corpus afterwards.</param>
/// <param name="Added">New ones.</param>
/// <param name="Updated">Changed ones.</param>
/// <param name="Unchanged">Those that were there already.</param>
/// <param name="Duplicates">Documents whose text another one has too.</param>
/// <param name="QuerySets">Names of the query sets that came along.</param>
/// <param name="UnknownJudged">Judged document ids that the corpus does not hold.</param>
/// <param name="GoldDuplicates">Documents that have the text of a relevant one but are judged for no query: found, they count as wrong.</param>
/// <param name="Commit">From the hub: its repositories at their commits, <c>ORG/NAME@COMMIT</c>.</param>
/// <param name="License">From the hub: what the repositories' cards state.</param>
public sealed record ImportOutput(
    long Documents, long Added, long Updated, long Unchanged, long Duplicates, IReadOnlyList<string> QuerySets, long UnknownJudged, long GoldDuplicates = 0, string? Commit = null, string? License = null);

/// <summary>What a <c>synthesize</c> run leaves.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Version">The new version.</param>
/// <param name="Examples">Stored examples.</param>
/// <param name="Cost">What the calls of this run cost; 0 without a language model.</param>
/// <param name="Note">What the user should know, e.g. that a cap ended it early.</param>
/// <param name="Negatives">Hard negatives over all examples.</param>
/// <param name="Documents">Seed documents that were chosen.</param>
/// <param name="Skipped">Seed documents that gave no example, by reason.</param>
/// <param name="Spending">What the language model took; null without one.</param>
/// <param name="Seeds">What the seed filters did; null where the recipe has none.</param>
/// <param name="Report">What each step of the recipe made; null without a language model. Filled while the run works.</param>
public sealed record SynthesizeOutput(
    string Dataset, int Version, int Examples, decimal Cost = 0, string? Note = null, int Negatives = 0, int Documents = 0,
    IReadOnlyDictionary<string, int>? Skipped = null, SynthesisSpending? Spending = null, SeedReport? Seeds = null,
    SynthesisReport? Report = null);

/// <summary>What a <c>synthesize-part</c> run leaves.</summary>
/// <param name="Items">Items that it did.</param>
/// <param name="StoppedBecause">Why it left items, or null.</param>
/// <param name="Cached">Answers taken from the cache by its last attempt.</param>
public sealed record SynthesizePartOutput(int Items, string? StoppedBecause = null, int Cached = 0);

/// <summary>Calls, tokens and cost of a run over all its attempts.</summary>
/// <param name="Calls">Answers paid for by this run.</param>
/// <param name="CachedCalls">Answers taken from the cache by the last attempt.</param>
/// <param name="InputTokens">Tokens sent.</param>
/// <param name="OutputTokens">Tokens answered.</param>
/// <param name="Cost">In the currency of the configured prices.</param>
public sealed record SynthesisSpending(int Calls, int CachedCalls, long InputTokens, long OutputTokens, decimal Cost);

/// <summary>What a <c>train</c> run leaves.</summary>
/// <param name="Model">The trained model.</param>
/// <param name="StartModel">The untrained start, where it was kept.</param>
/// <param name="Steps">Optimizer steps done.</param>
/// <param name="BestStep">The step whose weights were kept.</param>
/// <param name="Seconds">Wall-clock seconds.</param>
/// <param name="HeldOut">The check without labels; null where it could not be made.</param>
/// <param name="Settings">Every setting with its default written out.</param>
public sealed record TrainOutput(string Model, string? StartModel, int Steps, int BestStep, double Seconds, HeldOutCheck? HeldOut, IReadOnlyDictionary<string, string> Settings);

/// <summary>Sentences of documents that gave no training pair look for the rest of their document: by the new encoder and by BM25.</summary>
/// <param name="Sentences">Sentences that were looked up.</param>
/// <param name="EncoderReciprocalRank">Mean reciprocal rank of the encoder.</param>
/// <param name="Bm25ReciprocalRank">Mean reciprocal rank of BM25.</param>
public sealed record HeldOutCheck(int Sentences, double EncoderReciprocalRank, double Bm25ReciprocalRank)
{
    /// <summary>Whether the encoder can be offered as an improvement before any judgment is there.</summary>
    public bool BetterThanBm25 => EncoderReciprocalRank > Bm25ReciprocalRank;
}

/// <summary>What an <c>index</c> run leaves.</summary>
/// <param name="IndexId">The index.</param>
/// <param name="Documents">Documents in it.</param>
/// <param name="Reused">Whether it was there already.</param>
public sealed record IndexOutput(long IndexId, long Documents, bool Reused);

/// <summary>What an <c>evaluate</c> run leaves.</summary>
/// <param name="Results">The results by system name.</param>
public sealed record EvaluateOutput(IReadOnlyDictionary<string, long> Results);
