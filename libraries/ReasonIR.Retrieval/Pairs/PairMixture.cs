namespace ReasonIR.Retrieval.Pairs;

/// <summary>The names under which pairs are recorded.</summary>
public static class PairStrategies
{
    /// <summary>The title finds the body.</summary>
    public const string TitleBody = "title-body";

    /// <summary>One sentence finds the rest of its document, title included: the inverse cloze task (Lee et al. 2019).</summary>
    public const string SentenceRest = "sentence-rest";

    /// <summary>Two random halves of the words of a document of one sentence.</summary>
    public const string Halves = "halves";

    /// <summary>Two spans of the document, drawn independently (Contriever's cropping, Izacard et al. 2022).</summary>
    public const string Crops = "crops";

    /// <summary>A heading finds the text below it.</summary>
    public const string HeadingSection = "heading-section";

    /// <summary>A question made of a template and two key phrases finds the document.</summary>
    public const string KeyPhrases = "key-phrases";

    /// <summary>What a document says where it refers to another one finds that one.</summary>
    public const string Links = "links";
}

/// <summary>
/// Strategies by weight. A document draws among those that it allows (a title, two sentences, headings, links, ...), in the proportion of
/// their weights; one that allows none gives no pair.
/// </summary>
public sealed record PairMixture(
    double TitleBody = 0, double SentenceRest = 0, double Crops = 0, double HeadingSection = 0, double KeyPhrases = 0, double Links = 0)
{
    /// <summary>In a fixed order, because draws depend on it.</summary>
    internal IEnumerable<(string Strategy, double Weight)> Weights =>
    [
        (PairStrategies.TitleBody, TitleBody), (PairStrategies.SentenceRest, SentenceRest), (PairStrategies.Crops, Crops),
        (PairStrategies.HeadingSection, HeadingSection), (PairStrategies.KeyPhrases, KeyPhrases), (PairStrategies.Links, Links),
    ];
}
