using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Experiments.Results;

/// <summary>How well a system ranked a query set: one row of a leaderboard.</summary>
public sealed class Result
{
    public long Id { get; init; }

    public long RunId { get; init; }

    public Run? Run { get; init; }

    public long CorpusId { get; init; }

    public Corpus? Corpus { get; init; }

    public long QuerySetId { get; init; }

    public QuerySet? QuerySet { get; init; }

    /// <summary>"bm25", "dense-before", "dense", "hybrid", ...; unique within the run and query set.</summary>
    public required string System { get; init; }

    /// <summary>Means over the queries by trec_eval's names: "ndcg_cut_10", "recall_100", ...</summary>
    public IReadOnlyDictionary<string, double> Measures { get; init; } = new Dictionary<string, double>();

    /// <summary>JSON: model revision, prompt, pooling, max tokens, dtype, tokenizer hash, index, exclusions, BM25 variant, code, hardware.</summary>
    public string Provenance { get; init; } = "{}";

    /// <summary>JSON of the paired test against BM25, or null.</summary>
    public string? Comparison { get; set; }

    /// <summary>The ranking as a TREC run file.</summary>
    public long? RunFileArtifactId { get; init; }

    public int QueryCount { get; init; }

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;

    public List<ResultQuery> Queries { get; init; } = [];
}

/// <summary>A result's measures on one query.</summary>
public sealed class ResultQuery
{
    public long ResultId { get; init; }

    public required string QueryExternalId { get; init; }

    public IReadOnlyDictionary<string, double> Measures { get; init; } = new Dictionary<string, double>();
}
