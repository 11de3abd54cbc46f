using ReasonIR.Contracts.Contamination;

namespace ReasonIR.Contracts.Datasets;

/// <summary>All that is known of how good a version is: what its examples are like, what they cost, what they have in common with evaluations, what reviewers say.</summary>
/// <param name="Version">The version.</param>
/// <param name="Report">What the examples are like.</param>
/// <param name="Cost">Calls to language models.</param>
/// <param name="Contamination">The newest report of each evaluation it was compared with.</param>
/// <param name="Reviews">What reviewers decided.</param>
public sealed record DatasetQuality(
    DatasetVersionInfo Version, DatasetReport Report, DatasetCost Cost, IReadOnlyList<ContaminationReportInfo> Contamination, IReadOnlyList<AnnotatorInfo> Reviews);

/// <summary>Calls to language models that the run that made a version, and the runs it started, paid for.</summary>
/// <param name="Calls">How many. Answers that an earlier run paid for are not among them.</param>
/// <param name="Cost">In the currency of the configured prices; 0 where none are.</param>
/// <param name="By">By purpose, model and prompt.</param>
public sealed record DatasetCost(long Calls, long InputTokens, long OutputTokens, decimal Cost, IReadOnlyList<CallGroup> By);

/// <summary>Calls of one purpose to one model with one prompt.</summary>
/// <param name="PromptHash">Hex SHA-256 of the prompt.</param>
public sealed record CallGroup(string Purpose, string Model, string PromptHash, long Calls, long InputTokens, long OutputTokens, decimal Cost);

/// <summary>What one reviewer decided.</summary>
/// <param name="Author">As they name themselves.</param>
/// <param name="Edited">Examples whose texts they changed.</param>
/// <param name="Tagged">Examples they tagged.</param>
public sealed record AnnotatorInfo(string Author, int Accepted, int Rejected, int Edited, int Tagged);
