namespace ReasonIR.Retrieval.Pairs;

/// <summary>A document that pairs are cut from.</summary>
/// <param name="Id">Its id in the corpus.</param>
/// <param name="Title">May be empty.</param>
/// <param name="Text">Its body.</param>
public sealed record PairDocument(string Id, string? Title, string Text);

/// <summary>
/// A query and the passage it must find. Both are lists of pieces of the document's text; joined by spaces they are what a reader sees.
/// A sampler hands out the same string objects for the same pieces again and again, so that whoever tokenizes them can keep the result.
/// </summary>
/// <param name="Strategy">One of <see cref="PairStrategies"/>.</param>
/// <param name="DocumentId">The document that both come from.</param>
/// <param name="Query">Pieces of the query.</param>
/// <param name="Positive">Pieces of the passage.</param>
public sealed record DrawnPair(string Strategy, string DocumentId, IReadOnlyList<string> Query, IReadOnlyList<string> Positive)
{
    public string QueryText => string.Join(' ', Query);

    public string PositiveText => string.Join(' ', Positive);
}

/// <summary>The names under which pairs are recorded.</summary>
public static class PairStrategies
{
    /// <summary>The title finds the body.</summary>
    public const string TitleBody = "title-body";

    /// <summary>One sentence finds the rest of its document, title included.</summary>
    public const string SentenceRest = "sentence-rest";

    /// <summary>Two random halves of the words of a document of one sentence.</summary>
    public const string Halves = "halves";
}

/// <summary>How often which strategy is used.</summary>
/// <param name="TitleShare">Share of title-body among the documents that have a title.</param>
/// <param name="KeepSentence">Probability that the query's sentence stays in the passage (so that exact matches are worth something too).</param>
public sealed record PairSettings(double TitleShare = 0.3, double KeepSentence = 0.1);
