namespace ReasonIR.Experiments.Corpora;

/// <summary>Queries with judgments over one corpus; unique by (corpus, name, split).</summary>
public sealed class QuerySet
{
    public long Id { get; init; }

    public long CorpusId { get; init; }

    public Corpus? Corpus { get; init; }

    public required string Name { get; set; }

    /// <summary>"train", "dev", "test" or whatever the collection calls it; empty when it has no splits.</summary>
    public string Split { get; set; } = "";

    /// <summary>Hex SHA-256 over queries, judgments and exclusions; another after an edit, the imported one again once it is taken back.</summary>
    public string ContentHash { get; set; } = "";

    /// <summary>From 1; one more with each import that changed something and with each edit of judgments.</summary>
    public int Version { get; set; } = 1;

    /// <summary><see cref="ContentHash"/> of what the last import brought.</summary>
    public string ImportedHash { get; set; } = "";

    /// <summary>Hash of the judgments that the last import brought; empty until somebody edits them.</summary>
    public string ImportedJudgmentsHash { get; set; } = "";

    public int QueryCount { get; set; }

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;

    public List<Query> Queries { get; init; } = [];
}

/// <summary>A query of a query set; unique by (query set, external id).</summary>
public sealed class Query
{
    public long Id { get; init; }

    public long QuerySetId { get; init; }

    public required string ExternalId { get; init; }

    public required string Text { get; init; }

    /// <summary>A JSON object of the collection's other fields, or null.</summary>
    public string? Metadata { get; init; }

    public List<Judgment> Judgments { get; init; } = [];

    public List<Exclusion> Exclusions { get; init; } = [];
}

/// <summary>How relevant a document is to a query: 0 is not relevant, higher is better.</summary>
public sealed class Judgment
{
    public long QueryId { get; init; }

    public required string DocumentExternalId { get; init; }

    public int Grade { get; init; }
}

/// <summary>A document that must be removed from a query's ranking before the cut (it would give the answer away).</summary>
public sealed class Exclusion
{
    public long QueryId { get; init; }

    public required string DocumentExternalId { get; init; }
}
