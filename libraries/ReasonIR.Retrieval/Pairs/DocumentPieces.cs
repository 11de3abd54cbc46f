namespace ReasonIR.Retrieval.Pairs;

/// <summary>A document cut into what strategies need, each when it is first needed and then kept.</summary>
sealed class DocumentPieces(PairDocument document)
{
    /// <summary>Words of a piece of a crop: a piece is tokenized once, and a word alone would be too small to keep.</summary>
    const int ChunkWords = 4;

    const int FewestChunks = 4;

    string[]? words, chunks;
    IReadOnlyList<Section>? sections;
    IReadOnlyList<KeyPhrase>? phrases;

    public string Id => document.Id;

    public string? Title { get; } = document.Title?.Trim() is { Length: > 0 } title ? title : null;

    public string[] Sentences { get; } = [.. SentenceSplitter.Split(document.Text)];

    /// <summary>The words of the title, or of the first sentence where there is none: all there is where these are asked for.</summary>
    public string[] Words => words ??= SentenceSplitter.SplitWords(Title ?? (Sentences.Length > 0 ? Sentences[0] : ""));

    /// <summary>The whole document in runs of a few words.</summary>
    public string[] Chunks => chunks ??= [.. SentenceSplitter.SplitWords(string.Join(' ', Whole)).Chunk(ChunkWords).Select(run => string.Join(' ', run))];

    public IReadOnlyList<Section> Sections => sections ??= Section.Read(document.Text, Title);

    public IReadOnlyList<KeyPhrase> Phrases => phrases ??= KeyPhrase.Of(Whole);

    public IReadOnlyList<PairLink> Links => document.Links;

    /// <summary>Title and sentences: what is encoded when the document is searched.</summary>
    public IReadOnlyList<string> Whole => field ??= Title is null ? Sentences : [Title, .. Sentences];

    /// <summary>Whether the strategy can cut a pair from it.</summary>
    public bool Allows(string strategy) => strategy switch
    {
        PairStrategies.TitleBody => Title is not null && Sentences.Length > 0,
        PairStrategies.SentenceRest => Sentences.Length > 0 && Whole.Count >= 2,
        PairStrategies.Crops => Chunks.Length >= FewestChunks,
        PairStrategies.HeadingSection => Sections.Count > 0,
        PairStrategies.KeyPhrases => Phrases.Count >= 2,
        PairStrategies.Links => Links.Count > 0,
        _ => false,
    };
}

/// <summary>The documents that links lead to, cut once each.</summary>
sealed class LinkTargets
{
    readonly Dictionary<PairDocument, IReadOnlyList<string>> wholes = new(ReferenceEqualityComparer.Instance);

    public IReadOnlyList<string> Whole(PairDocument document)
    {
        if (!wholes.TryGetValue(document, out var whole))
            wholes.Add(document, whole = new DocumentPieces(document).Whole);
        return whole;
    }
}
