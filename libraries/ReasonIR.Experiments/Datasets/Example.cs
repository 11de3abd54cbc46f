namespace ReasonIR.Experiments.Datasets;

/// <summary>A text that is relevant, or not, to an example's query. <paramref name="DocumentId"/> is an external id.</summary>
public sealed record Passage(string Text, string? DocumentId = null);

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

    /// <summary>A JSON object or null.</summary>
    public string? Metadata { get; init; }
}
