namespace ReasonIR.Retrieval.Measures;

/// <summary>trec_eval's measures by their families; those with a cutoff exist once a cutoff.</summary>
public enum MeasureFamily
{
    /// <summary>nDCG of the whole ranking: gain = grade, discount log2(rank + 1), ideal from all judged documents.</summary>
    Ndcg,

    /// <summary>nDCG of the first k against the ideal's first k.</summary>
    NdcgCut,

    /// <summary>Not trec_eval's: as <see cref="NdcgCut"/> with gain 2^grade − 1.</summary>
    NdcgExponentialGainCut,

    /// <summary>Average precision over all relevant documents.</summary>
    Map,

    /// <summary>Average precision within the first k, still divided by all relevant documents.</summary>
    MapCut,

    /// <summary>1 / rank of the first relevant document.</summary>
    ReciprocalRank,

    /// <summary>Relevant in the first k, divided by k even where fewer were retrieved.</summary>
    Precision,

    /// <summary>Relevant in the first k, divided by all relevant.</summary>
    Recall,

    /// <summary>1 where a relevant document is in the first k.</summary>
    Success,

    /// <summary>Not trec_eval's: judged documents, relevant or not, in the first k, divided by k or by fewer where fewer were retrieved.</summary>
    Judged,

    /// <summary>Preference of judged relevant over judged non-relevant documents (Buckley and Voorhees 2004).</summary>
    Bpref,

    /// <summary>Precision at rank R, R being the number of relevant documents.</summary>
    RPrecision,

    /// <summary>Documents retrieved; summed over queries.</summary>
    NumRetrieved,

    /// <summary>Relevant documents; summed over queries.</summary>
    NumRelevant,

    /// <summary>Relevant documents retrieved; summed over queries.</summary>
    NumRelevantRetrieved,
}
