using System.Text.Json;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Contracts.Results;

/// <summary>The queries and labels that a result was measured with, each part by its own hash, so that a difference can be named.</summary>
/// <param name="Version">The query set's version: one more with each import and each edit of judgments.</param>
/// <param name="TextsHash">Ids and texts of the measured queries, as the retriever got them; a rewrite changes it.</param>
/// <param name="JudgmentsHash">Their judgments.</param>
/// <param name="ExclusionsHash">The exclusions that the set lists for them.</param>
/// <param name="ExclusionsListed">How many it lists.</param>
/// <param name="ExclusionsApplied">Whether they were removed from the rankings before the cut.</param>
/// <param name="Rewrite">Name of the set of rewrites that took the queries' place; null: the queries as they are.</param>
/// <param name="RewriteHash">Its content.</param>
public sealed record QueriesUsed(
    int Version, string TextsHash, string JudgmentsHash, string ExclusionsHash, int ExclusionsListed, bool ExclusionsApplied, string? Rewrite = null, string? RewriteHash = null);

/// <summary>The weights behind a dense ranking, and how texts were encoded with them.</summary>
/// <param name="Kind">Architecture.</param>
/// <param name="WeightsHash">Hash of the weights.</param>
/// <param name="Dimension">Width of the vectors.</param>
/// <param name="Compute">Type of computation.</param>
/// <param name="Bidirectional">Whether a token saw those after it, where the serving settings say so.</param>
/// <param name="QueryPromptBytes">UTF-8 bytes put before a query.</param>
/// <param name="DocumentPromptBytes">UTF-8 bytes put before a document.</param>
/// <param name="Seed">Of the training run; null for a model trained elsewhere. Encoding and searching draw nothing.</param>
/// <param name="Source">Repository and commit of a model of the hub.</param>
public sealed record WeightsUsed(
    string Kind, string WeightsHash, int Dimension, string Compute, bool? Bidirectional, int QueryPromptBytes, int DocumentPromptBytes, long? Seed, string? Source);

/// <summary>An index that was searched.</summary>
/// <param name="Id">Its number.</param>
/// <param name="RunId">The run that built it.</param>
/// <param name="Kind"><c>bm25</c> or <c>dense</c>.</param>
/// <param name="Documents">Documents in it.</param>
/// <param name="Sha256">Of its file; null where another server holds it.</param>
/// <param name="Parameters">What it was made with.</param>
public sealed record IndexUsed(long Id, long? RunId, string Kind, long Documents, string? Sha256, JsonElement Parameters);

/// <summary>What measuring took.</summary>
/// <param name="Seconds">Wall-clock seconds of ranking all queries.</param>
/// <param name="Stages">The same by stage.</param>
/// <param name="Calls">Calls of a language model.</param>
/// <param name="Cost">What they cost, in the currency of the configured prices.</param>
public sealed record Spent(double Seconds, IReadOnlyList<SearchStage> Stages, int Calls = 0, decimal Cost = 0);
