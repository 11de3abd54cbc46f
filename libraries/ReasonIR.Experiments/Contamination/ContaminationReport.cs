using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Experiments.Contamination;

/// <summary>What one dataset version and one query set with its corpus have in common.</summary>
public sealed class ContaminationReport
{
    public long Id { get; init; }

    public long DatasetVersionId { get; init; }

    public DatasetVersion? DatasetVersion { get; init; }

    public long CorpusId { get; init; }

    public Corpus? Corpus { get; init; }

    public long QuerySetId { get; init; }

    public QuerySet? QuerySet { get; init; }

    public long? RunId { get; init; }

    /// <summary><see cref="Corpus.ContentHash"/> at the time of the scan.</summary>
    public required string CorpusHash { get; init; }

    /// <summary><see cref="QuerySet.ContentHash"/> at the time of the scan.</summary>
    public required string QuerySetHash { get; init; }

    /// <summary>JSON of the figures.</summary>
    public required string Summary { get; init; }

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;

    public List<ContaminationFinding> Findings { get; init; } = [];
}

/// <summary>One query or document that training data touch in one way. All queries are kept; of documents the first ten thousand.</summary>
public sealed class ContaminationFinding
{
    public long Id { get; init; }

    public long ReportId { get; init; }

    /// <summary>"queryExact", "queryNear", "queryGram", "goldId", "goldText", "documentExact" or "documentGram".</summary>
    public required string Kind { get; init; }

    public string? QueryExternalId { get; init; }

    public string? DocumentExternalId { get; init; }

    /// <summary>0 to 1: of near queries Jaccard's index, of word sequences the share of the text's own.</summary>
    public double Share { get; init; }

    /// <summary>How many training examples.</summary>
    public int Examples { get; init; }

    /// <summary>Ordinals of the first few.</summary>
    public IReadOnlyList<int> First { get; init; } = [];
}
