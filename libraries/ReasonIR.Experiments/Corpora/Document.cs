namespace ReasonIR.Experiments.Corpora;

/// <summary>A document of a corpus; unique by (corpus, external id).</summary>
public sealed class Document
{
    public long Id { get; init; }

    public long CorpusId { get; init; }

    /// <summary>The id the collection itself uses; judgments and run files name documents by it.</summary>
    public required string ExternalId { get; init; }

    public string Title { get; set; } = "";

    public required string Text { get; set; }

    /// <summary>A JSON object of the collection's other fields, or null.</summary>
    public string? Metadata { get; set; }

    /// <summary>SHA-256 over title, text and metadata: <see cref="DocumentInput.Hash"/>.</summary>
    public required byte[] ContentHash { get; set; }
}
