namespace ReasonIR.Retrieval.Measures;

/// <summary>What makes the rank of a document in an evaluation.</summary>
public enum RankBy
{
    /// <summary>
    /// As trec_eval 9: the score as a 32-bit float, ties by id descending, whatever order the system returned. What others
    /// get from the run written to a file.
    /// </summary>
    Score,

    /// <summary>
    /// The order in which the run lists the documents. Differs where scores tie: by 0.003 nDCG@10 for reciprocal-rank
    /// fusion on SciFact, in the fourth decimal for BM25.
    /// </summary>
    Place,
}
