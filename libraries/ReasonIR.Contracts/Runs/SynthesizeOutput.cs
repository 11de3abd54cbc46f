namespace ReasonIR.Contracts.Runs;

/// <summary>What a <c>synthesize</c> run leaves.</summary>
/// <param name="Dataset">The dataset's name.</param>
/// <param name="Version">The new version.</param>
/// <param name="Kind"><c>examples</c> or <c>strategy</c>.</param>
/// <param name="Generator"><c>extractive</c> or <c>llm</c>.</param>
/// <param name="Examples">Stored examples.</param>
/// <param name="Negatives">Hard negatives over all of them.</param>
/// <param name="Documents">Seed documents that were chosen.</param>
/// <param name="Skipped">Seed documents that gave no example, by reason.</param>
/// <param name="StoppedBecause">Why the run ended before all documents were used (its cost cap), or null.</param>
/// <param name="Spending">What the language model took, or null without one.</param>
public sealed record SynthesizeOutput(
    string Dataset,
    int Version,
    string Kind,
    string Generator,
    int Examples,
    int Negatives,
    int Documents,
    IReadOnlyDictionary<string, int> Skipped,
    string? StoppedBecause = null,
    SynthesisSpending? Spending = null);

/// <summary>Calls, tokens and cost of a run over all its attempts.</summary>
/// <param name="Calls">Answers paid for by this run.</param>
/// <param name="CachedCalls">Answers taken from the cache by the last attempt.</param>
/// <param name="InputTokens">Tokens sent.</param>
/// <param name="OutputTokens">Tokens answered.</param>
/// <param name="Cost">In the currency of the configured prices.</param>
public sealed record SynthesisSpending(int Calls, int CachedCalls, long InputTokens, long OutputTokens, decimal Cost);
