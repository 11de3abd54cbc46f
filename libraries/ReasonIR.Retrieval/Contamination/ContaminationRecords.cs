namespace ReasonIR.Retrieval.Contamination;

/// <summary>A query of an evaluation.</summary>
/// <param name="Gold">Ids of its relevant documents.</param>
public sealed record EvaluationQuery(string Id, string Text, IReadOnlyCollection<string> Gold);

/// <summary>A document of an evaluation's corpus.</summary>
public sealed record EvaluationDocument(string Id, string Title, string Text);

/// <summary>A text that a training example holds.</summary>
/// <param name="DocumentId">The document it is, where it comes from the evaluation's own corpus; ids of other corpora mean nothing here.</param>
public sealed record TrainedText(string Text, string? DocumentId = null);

/// <summary>A training example.</summary>
public sealed record TrainedExample(int Ordinal, string Query, IReadOnlyList<TrainedText> Positives, IReadOnlyList<TrainedText> Negatives);

/// <summary>In which way training data and an evaluation touch, the gravest first.</summary>
public enum OverlapKind
{
    /// <summary>A training query is an evaluation's query, but for case and punctuation.</summary>
    QueryExact,

    /// <summary>A training query has nearly the words of an evaluation's query.</summary>
    QueryNear,

    /// <summary>A sequence of 13 words of an evaluation's query stands in a training text.</summary>
    QueryGram,

    /// <summary>A relevant document of an evaluation's query is a training positive, by its id.</summary>
    GoldId,

    /// <summary>A relevant document of an evaluation's query is a training positive, by its whole text.</summary>
    GoldText,

    /// <summary>A document is a training text, but for case and punctuation.</summary>
    DocumentExact,

    /// <summary>A sequence of 13 words of a document stands in a training text.</summary>
    DocumentGram,
}

/// <summary>One query or document that training data touch in one way.</summary>
/// <param name="Query">The query; null where a document as such is meant.</param>
/// <param name="Document">The document; null for the kinds of a query's own text.</param>
/// <param name="Share">For near queries the largest Jaccard index; for sequences the share of the text's own that were found; else 1.</param>
/// <param name="Examples">How many training examples.</param>
/// <param name="First">The ordinals of the first few.</param>
public sealed record Overlap(OverlapKind Kind, string? Query, string? Document, double Share, int Examples, IReadOnlyList<int> First);

/// <summary>How the scan is done.</summary>
/// <param name="Words">Words of a sequence; 13 as in GPT-3's report (Brown et al. 2020, appendix C).</param>
/// <param name="Near">Jaccard's index from which on queries are near duplicates.</param>
public sealed record ContaminationOptions(int Words = 13, double Near = 0.6);
