namespace ReasonIR.Retrieval.Contamination;

/// <summary>
/// What documents must not hold when they become training data: the queries and answers of evaluations, by id, whole text or a run of words.
/// Filled first, then asked by many threads. About 30 bytes a word of the evaluations.
/// </summary>
/// <param name="words">Words in a row that count as copied.</param>
public sealed class EvaluationTexts(int words)
{
    readonly GramTable grams = new(words);
    readonly HashSet<UInt128> wholes = [];
    readonly HashSet<string> ids = new(StringComparer.Ordinal);
    int texts;

    /// <summary>Texts added.</summary>
    public int Count => texts;

    /// <summary>Word sequences held.</summary>
    public int Size => grams.Count;

    /// <summary>Documents of the seeds' own corpus that are answers.</summary>
    public void AddId(string id) => ids.Add(id);

    /// <summary>A query or an answer. Shorter texts than the run of words are found as a whole only.</summary>
    public void Add(string text)
    {
        var tokens = new List<ulong>();
        TextTokens.Read(text, tokens);
        if (tokens.Count == 0)
            return;
        wholes.Add(TextTokens.Whole(tokens));
        grams.Add(texts++, tokens);
    }

    /// <summary>A text that is found as a whole only.</summary>
    public void AddWhole(string text)
    {
        var tokens = new List<ulong>();
        TextTokens.Read(text, tokens);
        if (tokens.Count > 0)
            wholes.Add(TextTokens.Whole(tokens));
    }

    /// <summary><c>id</c>, <c>text</c> or <c>words</c>: in which way the document is among the evaluations' texts; null: in none.</summary>
    /// <param name="tokens">Of its title and text (<see cref="TextTokens"/>).</param>
    /// <param name="body">Of its text alone: a passage may stand there without its title.</param>
    public string? Match(string id, List<ulong> tokens, List<ulong> body)
    {
        if (ids.Contains(id))
            return "id";
        if (texts == 0 || tokens.Count == 0)
            return null;
        if (wholes.Contains(TextTokens.Whole(tokens)) || body.Count > 0 && wholes.Contains(TextTokens.Whole(body)))
            return "text";
        var found = new Hit();
        grams.Find(tokens, found, static (hit, _, _) => hit.Any = true);
        return found.Any ? "words" : null;
    }

    sealed class Hit
    {
        public bool Any { get; set; }
    }
}
