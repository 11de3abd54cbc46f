namespace ReasonIR.Retrieval.Pairs;

/// <summary>One pair by one strategy. Each expects a document that allows it (<see cref="DocumentPieces.Allows"/>).</summary>
static class PairCuts
{
    const double ShortestCrop = 0.05, LongestCrop = 0.5;

    public static DrawnPair TitleBody(DocumentPieces document) => new(PairStrategies.TitleBody, document.Id, [document.Title!], document.Sentences);

    public static DrawnPair SentenceRest(DocumentPieces document, double keepSentence, ref Draws random)
    {
        var sentences = document.Sentences;
        var chosen = random.Next(sentences.Length);
        var keep = random.NextDouble() < keepSentence;
        var rest = new List<string>(sentences.Length + 1);
        if (document.Title is { } title)
            rest.Add(title);
        for (var i = 0; i < sentences.Length; i++)
            if (i != chosen || keep)
                rest.Add(sentences[i]);
        return new(PairStrategies.SentenceRest, document.Id, [sentences[chosen]], rest);
    }

    /// <summary>Null where the document has fewer than two words.</summary>
    public static DrawnPair? Halves(DocumentPieces document, ref Draws random)
    {
        var words = document.Words;
        if (words.Length < 2)
            return null;
        var shuffled = (string[])words.Clone();
        random.Shuffle<string>(shuffled);
        return new(PairStrategies.Halves, document.Id, shuffled[..(words.Length / 2)], shuffled[(words.Length / 2)..]);
    }

    /// <summary>Each span holds 5 to 50 % of the document and begins anywhere; they may overlap.</summary>
    public static DrawnPair Crops(DocumentPieces document, ref Draws random) =>
        new(PairStrategies.Crops, document.Id, Crop(document.Chunks, ref random), Crop(document.Chunks, ref random));

    static string[] Crop(string[] chunks, ref Draws random)
    {
        var share = ShortestCrop + random.NextDouble() * (LongestCrop - ShortestCrop);
        var length = Math.Max(2, (int)Math.Round(share * chunks.Length));
        var start = random.Next(chunks.Length - length + 1);
        return chunks[start..(start + length)];
    }

    public static DrawnPair HeadingSection(DocumentPieces document, ref Draws random)
    {
        var section = document.Sections[random.Next(document.Sections.Count)];
        return new(PairStrategies.HeadingSection, document.Id, section.Query, section.Sentences);
    }

    public static DrawnPair KeyPhrases(DocumentPieces document, ref Draws random)
    {
        var two = random.Distinct(2, document.Phrases.Count);
        var (first, second) = (document.Phrases[two[0]], document.Phrases[two[1]]);
        return new(PairStrategies.KeyPhrases, document.Id, KeyPhrase.Ask(random.Next(KeyPhrase.Templates), first, second), document.Whole);
    }

    public static DrawnPair Link(DocumentPieces document, LinkTargets targets, ref Draws random)
    {
        var link = document.Links[random.Next(document.Links.Count)];
        return new(PairStrategies.Links, document.Id, [link.Query], targets.Whole(link.Target)) { PositiveId = link.Target.Id };
    }
}
