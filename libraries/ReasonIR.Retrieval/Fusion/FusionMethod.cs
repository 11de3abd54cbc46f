namespace ReasonIR.Retrieval.Fusion;

/// <summary>How a document's scores in several rankings become one. A ranking that lacks the document gives 0.</summary>
public enum FusionMethod
{
    /// <summary><c>rrf</c>: Σ 1 / (k + rank), rank from 1 (Cormack, Clarke, Büttcher 2009).</summary>
    ReciprocalRank,

    /// <summary><c>rrf_weighted</c>: Σ weight / (k + rank).</summary>
    WeightedReciprocalRank,

    /// <summary><c>minmax_sum</c>: Σ (s − min) / max(max − min, 1e-9) over the ranking's scores.</summary>
    MinMaxSum,

    /// <summary><c>minmax_weighted</c>: as <see cref="MinMaxSum"/>, each term times its ranking's weight.</summary>
    MinMaxWeighted,

    /// <summary>
    /// <c>zscore_sum</c>: Σ (s − mean) / max(sd, 1e-9), sd with divisor n. What a ranking lacks gets its mean, so a document
    /// retrieved low can end below one never seen.
    /// </summary>
    ZScoreSum,
}
