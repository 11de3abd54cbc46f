namespace ReasonIR.Retrieval.Pairs;

/// <summary>A document that pairs are cut from.</summary>
/// <param name="Id">Its id in the corpus.</param>
/// <param name="Title">May be empty.</param>
/// <param name="Text">Its body.</param>
public sealed record PairDocument(string Id, string? Title, string Text)
{
    /// <summary>Where it refers to other documents (<see cref="DocumentLinks"/>).</summary>
    public IReadOnlyList<PairLink> Links { get; init; } = [];
}

/// <summary>
/// A query and the passage it must find. Both are lists of pieces of the document's text; joined by spaces they are what a reader sees.
/// A sampler hands out the same string objects for the same pieces again and again, so that whoever tokenizes them can keep the result.
/// </summary>
/// <param name="Strategy">One of <see cref="PairStrategies"/>.</param>
/// <param name="DocumentId">The document that the query comes from, and the passage but for links.</param>
/// <param name="Query">Pieces of the query.</param>
/// <param name="Positive">Pieces of the passage.</param>
public sealed record DrawnPair(string Strategy, string DocumentId, IReadOnlyList<string> Query, IReadOnlyList<string> Positive)
{
    /// <summary>The document that the passage comes from.</summary>
    public string PositiveId { get; init; } = DocumentId;

    public string QueryText => string.Join(' ', Query);

    public string PositiveText => string.Join(' ', Positive);
}

/// <summary>How often which strategy is used.</summary>
/// <param name="TitleShare">Share of title-body among the documents that have a title.</param>
/// <param name="KeepSentence">Probability that the query's sentence stays in the passage (so that exact matches are worth something too).</param>
/// <param name="Mixture">Named strategies by weight, instead of title, sentence and halves.</param>
public sealed record PairSettings(double TitleShare = 0.3, double KeepSentence = 0.1, PairMixture? Mixture = null);
