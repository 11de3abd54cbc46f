namespace ReasonIR.Retrieval.Pairs;

/// <summary>
/// Draws training pairs from documents alone, without labels or a language model: title to body, one sentence to the rest of its
/// document (an inverse cloze task, Lee et al. 2019), two halves where a document has one sentence only; or the strategies of a mixture.
/// What a step draws depends on the seed and the step's number and on nothing else, so a run that resumes draws what it would have drawn.
/// One thread at a time.
/// </summary>
/// <param name="documents">Those that pairs are cut from.</param>
/// <param name="seed">Decides every draw.</param>
/// <param name="settings">How often which strategy is used.</param>
public sealed class PairSampler(IReadOnlyList<PairDocument> documents, int seed, PairSettings? settings = null)
{
    readonly PairSettings settings = settings ?? new();
    readonly DocumentPieces?[] pieces = new DocumentPieces?[documents.Count];
    readonly LinkTargets targets = new();

    public int Documents => documents.Count;

    /// <summary>How many documents a strategy can cut pairs from.</summary>
    public int Allowing(string strategy) => documents.Index().Count(document => (pieces[document.Index] ??= new DocumentPieces(document.Item)).Allows(strategy));

    /// <summary>Adds at most <paramref name="count"/> pairs, each from another document: passages of the same document would be false negatives of each other.</summary>
    /// <returns>How many were added: fewer where there are fewer documents, or documents without two words.</returns>
    public int Draw(int step, int count, ICollection<DrawnPair> pairs)
    {
        var random = new Draws(seed, step);
        var before = pairs.Count;
        foreach (var index in random.Distinct(Math.Min(count, documents.Count), documents.Count))
            if (Cut(pieces[index] ??= new DocumentPieces(documents[index]), ref random) is { } pair)
                pairs.Add(pair);
        return pairs.Count - before;
    }

    DrawnPair? Cut(DocumentPieces document, ref Draws random) =>
        settings.Mixture is { } mixture ? Mixed(document, mixture, ref random) : Standard(document, ref random);

    /// <summary>One pair of the document, or null where it has fewer than two words.</summary>
    DrawnPair? Standard(DocumentPieces document, ref Draws random)
    {
        if (document.Allows(PairStrategies.TitleBody) && random.NextDouble() < settings.TitleShare)
            return PairCuts.TitleBody(document);
        if (document.Allows(PairStrategies.SentenceRest))
            return PairCuts.SentenceRest(document, settings.KeepSentence, ref random);
        return PairCuts.Halves(document, ref random);
    }

    DrawnPair? Mixed(DocumentPieces document, PairMixture mixture, ref Draws random)
    {
        var (total, last) = (0.0, (string?)null);
        foreach (var (strategy, weight) in mixture.Weights)
            if (weight > 0 && document.Allows(strategy))
                (total, last) = (total + weight, strategy);
        if (last is null)
            return null;
        var drawn = random.NextDouble() * total;
        var chosen = last;
        foreach (var (strategy, weight) in mixture.Weights)
            if (weight > 0 && document.Allows(strategy) && (drawn -= weight) < 0)
            {
                chosen = strategy;
                break;
            }
        return chosen switch
        {
            PairStrategies.TitleBody => PairCuts.TitleBody(document),
            PairStrategies.SentenceRest => PairCuts.SentenceRest(document, settings.KeepSentence, ref random),
            PairStrategies.Crops => PairCuts.Crops(document, ref random),
            PairStrategies.HeadingSection => PairCuts.HeadingSection(document, ref random),
            PairStrategies.KeyPhrases => PairCuts.KeyPhrases(document, ref random),
            _ => PairCuts.Link(document, targets, ref random),
        };
    }
}
