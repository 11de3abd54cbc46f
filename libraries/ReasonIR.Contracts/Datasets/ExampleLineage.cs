using System.Text.Json;

namespace ReasonIR.Contracts.Datasets;

/// <summary>Where an example comes from: document, run, prompts, calls, cost.</summary>
/// <param name="Example">The example.</param>
/// <param name="Document">Its source document; null where there is none, or it is gone.</param>
/// <param name="RunId">The run that made the version.</param>
/// <param name="Prompts">Prompts that had a part in it, by name.</param>
/// <param name="Calls">Calls to a language model whose answer holds its query or one of its texts, the first twenty.</param>
/// <param name="Cost">What those calls cost together, in the currency of the configured prices. A call may have answered for several examples.</param>
/// <param name="Metadata">All that is recorded of it.</param>
/// <param name="From">The example of an earlier version that reviewers changed or kept, <c>name@1#5</c>.</param>
public sealed record ExampleLineage(
    ExampleInfo Example, SourceDocument? Document, long? RunId, IReadOnlyList<PromptCount> Prompts, IReadOnlyList<CallInfo> Calls, decimal Cost, JsonElement? Metadata, string? From);

/// <summary>The document that an example was made from.</summary>
/// <param name="Start">The first 500 characters.</param>
public sealed record SourceDocument(string Corpus, string DocumentId, string Title, string Start);

/// <summary>A call to a language model.</summary>
/// <param name="Wrote"><c>query</c>, <c>positive 1</c>, <c>negative 2</c>: which text of the example its answer holds.</param>
public sealed record CallInfo(long Id, string Wrote, string Purpose, string Model, string PromptHash, int InputTokens, int OutputTokens, decimal Cost, int Milliseconds, DateTimeOffset At, long? RunId);
