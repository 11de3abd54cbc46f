namespace ReasonIR.Contracts.Datasets;

/// <summary>A version of a dataset.</summary>
/// <param name="Dataset">The dataset's name.</param>
/// <param name="Version">From 1; never changed once sealed.</param>
/// <param name="Kind"><c>examples</c>, or <c>strategy</c>: pairs are drawn anew in training, the examples are samples.</param>
/// <param name="Generator"><c>extractive</c>, <c>llm</c> or <c>import</c>.</param>
/// <param name="Corpus">The corpus it comes from.</param>
/// <param name="Examples">Stored examples.</param>
/// <param name="SpecHash">Hash of how it was made.</param>
/// <param name="RunId">The run that made it.</param>
/// <param name="Sealed">Whether it is complete.</param>
/// <param name="CreatedAt">When it was begun.</param>
public sealed record DatasetVersionInfo(
    string Dataset,
    int Version,
    string Kind,
    string Generator,
    string? Corpus,
    int Examples,
    string? SpecHash,
    long? RunId,
    bool Sealed,
    DateTimeOffset CreatedAt);

/// <summary>A training example.</summary>
/// <param name="Ordinal">Its place in the version, from 0.</param>
/// <param name="Instruction">The query's instruction, where it has one.</param>
/// <param name="Query">The query.</param>
/// <param name="Positives">Texts that help.</param>
/// <param name="Negatives">Texts that only look as if.</param>
/// <param name="Generator">What made it: a strategy's or a model's name.</param>
/// <param name="PromptHash">The prompt it was written with.</param>
/// <param name="SourceDocument">The document it comes from.</param>
/// <param name="Weight">Of the example in the loss; null: 1.</param>
/// <param name="Origin">File and line that it was imported from.</param>
public sealed record ExampleInfo(
    int Ordinal,
    string? Instruction,
    string Query,
    IReadOnlyList<ExampleText> Positives,
    IReadOnlyList<ExampleText> Negatives,
    string Generator,
    string? PromptHash,
    string? SourceDocument,
    double? Weight = null,
    string? Origin = null);

/// <summary>A text of an example.</summary>
/// <param name="Text">The text.</param>
/// <param name="DocumentId">The document it is, where it is one.</param>
/// <param name="Score">A teacher's score of it for the query.</param>
/// <param name="Instruction">What is put before it when it is encoded.</param>
public sealed record ExampleText(string Text, string? DocumentId = null, double? Score = null, string? Instruction = null);
