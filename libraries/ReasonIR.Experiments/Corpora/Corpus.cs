namespace ReasonIR.Experiments.Corpora;

/// <summary>Whether a corpus can be used.</summary>
public enum CorpusState { Importing, Ready, Failed }

/// <summary>A collection of documents.</summary>
public sealed class Corpus
{
    public long Id { get; init; }

    /// <summary>Unique; what people call it.</summary>
    public required string Name { get; set; }

    public string Description { get; set; } = "";

    /// <summary>Where its documents came from: a folder's name, a file's name, an address.</summary>
    public string Source { get; set; } = "";

    public long DocumentCount { get; set; }

    /// <summary>Documents whose title, text and metadata equal those of an earlier document of the corpus.</summary>
    public long DuplicateCount { get; set; }

    /// <summary>Hex SHA-256 over (external id, content hash) of all documents in the order of their ids; empty until imported.</summary>
    public string ContentHash { get; set; } = "";

    public CorpusState State { get; set; } = CorpusState.Importing;

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;

    public List<QuerySet> QuerySets { get; init; } = [];
}
