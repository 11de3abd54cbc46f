using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReasonIR.Experiments.Datasets;

/// <summary>A text that is relevant, or not, to an example's query.</summary>
/// <param name="DocumentId">The external id of the document it is.</param>
/// <param name="Score">A teacher's score of it for the query, or null.</param>
/// <param name="Instruction">What is put before it when it is encoded, or null.</param>
public sealed record Passage(
    string Text, string? DocumentId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Score = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Instruction = null);

/// <summary>What an example brings beside its texts; the JSON of <see cref="Example.Metadata"/>.</summary>
/// <param name="File">The file it was imported from.</param>
/// <param name="Line">Its line there, from 1.</param>
/// <param name="Type">What the file calls the kind of task.</param>
/// <param name="Weight">Of the example in the loss; null: 1.</param>
/// <param name="Reasoned">The query rewritten with reasoning, which decides the example's weight where a recipe asks for it.</param>
/// <param name="Synthesis">How a language model made it, where one did.</param>
/// <param name="Review">What people decided about it, where they did.</param>
/// <param name="Difficulty">How the rankings that negatives were mined from place its passages.</param>
public sealed record ExampleMetadata(
    string? File = null, long? Line = null, string? Type = null, double? Weight = null, string? Reasoned = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SynthesisFacts? Synthesis = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ReviewFacts? Review = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ExampleDifficulty? Difficulty = null);

/// <summary>What people decided about an example of a version that was made of reviews.</summary>
/// <param name="From">The example they reviewed, <c>name@1#5</c>.</param>
/// <param name="By">Who accepted, edited or tagged it.</param>
/// <param name="Edited">Whether texts were changed.</param>
/// <param name="Tags">What they called it.</param>
public sealed record ReviewFacts(string From, IReadOnlyList<string> By, bool Edited, IReadOnlyList<string> Tags);

/// <summary>A training example: a query, what answers it, and what only seems to.</summary>
public sealed class Example
{
    public long Id { get; init; }

    public long DatasetVersionId { get; init; }

    /// <summary>0, 1, 2, ... within the version.</summary>
    public int Ordinal { get; init; }

    public required string Query { get; init; }

    /// <summary>What is put before the query when it is encoded, or null.</summary>
    public string? Instruction { get; init; }

    public IReadOnlyList<Passage> Positives { get; init; } = [];

    /// <summary>Hard negatives.</summary>
    public IReadOnlyList<Passage> Negatives { get; init; } = [];

    public required string Generator { get; init; }

    /// <summary>Hex SHA-256 of the prompt that produced it, where one did.</summary>
    public string? PromptHash { get; init; }

    /// <summary>External id of the document it was made from.</summary>
    public string? SourceDocumentId { get; init; }

    /// <summary>A JSON object, that of <see cref="ExampleMetadata"/>, or null.</summary>
    public string? Metadata { get; init; }

    /// <summary>The metadata; empty where there is none.</summary>
    public ExampleMetadata ReadMetadata() => Metadata is null ? new() : ExperimentsJson.Read<ExampleMetadata>(Metadata);

    /// <summary>The metadata; empty where they are of another form, as those of other programs may be.</summary>
    public ExampleMetadata TryReadMetadata()
    {
        try
        {
            return ReadMetadata();
        }
        catch (JsonException)
        {
            return new();
        }
    }
}
