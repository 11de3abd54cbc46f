namespace ReasonIR.Retrieval.Pairs;

/// <summary>
/// Draws training pairs from documents alone, without labels or a language model: title to body, one sentence to the rest of its
/// document (an inverse cloze task, Lee et al. 2019), two halves where a document has one sentence only. What a step draws depends on the
/// seed and the step's number and on nothing else, so a run that resumes draws what it would have drawn. One thread at a time.
/// </summary>
/// <param name="documents">Those that pairs are cut from.</param>
/// <param name="seed">Decides every draw.</param>
/// <param name="settings">How often which strategy is used.</param>
public sealed class PairSampler(IReadOnlyList<PairDocument> documents, int seed, PairSettings? settings = null)
{
    readonly PairSettings settings = settings ?? new();
    readonly Pieces?[] pieces = new Pieces?[documents.Count];

    public int Documents => documents.Count;

    /// <summary>Adds at most <paramref name="count"/> pairs, each from another document: passages of the same document would be false negatives of each other.</summary>
    /// <returns>How many were added: fewer where there are fewer documents, or documents without two words.</returns>
    public int Draw(int step, int count, ICollection<DrawnPair> pairs)
    {
        var random = new Draws(seed, step);
        var before = pairs.Count;
        foreach (var index in random.Distinct(Math.Min(count, documents.Count), documents.Count))
            if (Cut(documents[index].Id, pieces[index] ??= Split(documents[index]), ref random) is { } pair)
                pairs.Add(pair);
        return pairs.Count - before;
    }

    /// <summary>One pair of the document, or null where it has fewer than two words.</summary>
    DrawnPair? Cut(string id, Pieces document, ref Draws random)
    {
        var (title, sentences) = (document.Title, document.Sentences);
        if (title is not null && sentences.Length > 0 && random.NextDouble() < settings.TitleShare)
            return new(PairStrategies.TitleBody, id, [title], sentences);
        if (sentences.Length + (title is null ? 0 : 1) >= 2)
        {
            var chosen = random.Next(sentences.Length);
            var keep = random.NextDouble() < settings.KeepSentence;
            var rest = new List<string>(sentences.Length + 1);
            if (title is not null)
                rest.Add(title);
            for (var i = 0; i < sentences.Length; i++)
                if (i != chosen || keep)
                    rest.Add(sentences[i]);
            return new(PairStrategies.SentenceRest, id, [sentences[chosen]], rest);
        }

        var words = document.Words ??= SentenceSplitter.SplitWords(title ?? (sentences.Length > 0 ? sentences[0] : ""));
        if (words.Length < 2)
            return null;
        var shuffled = (string[])words.Clone();
        random.Shuffle<string>(shuffled);
        return new(PairStrategies.Halves, id, shuffled[..(words.Length / 2)], shuffled[(words.Length / 2)..]);
    }

    static Pieces Split(PairDocument document)
    {
        var title = document.Title?.Trim();
        return new(title is { Length: > 0 } ? title : null, [.. SentenceSplitter.Split(document.Text)]);
    }

    sealed class Pieces(string? title, string[] sentences)
    {
        public string? Title => title;

        public string[] Sentences => sentences;

        public string[]? Words { get; set; }
    }
}
