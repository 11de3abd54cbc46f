using System.Text;
using ReasonIR.Tokenizers;

namespace ReasonIR.Training.Static;

/// <summary>
/// A WordPiece vocabulary that holds every word of a corpus, and the table from its tokens to trained rows: words with the same stem
/// share one row (a stemmer cannot be written in a tokenizer.json, so the row is copied to each of them at export), stop words,
/// punctuation and unknown words have none (zeros).
/// <para>
/// Words that the corpus lacks: the stems stand in the vocabulary as tokens too, and so do the endings that the stemmer takes off the
/// corpus's words, as continuing pieces without a row. So an unseen inflection ("methylates") becomes its longest known beginning, with
/// that one's row, and an ending that adds nothing; a word of which that leaves a remainder is <c>[UNK]</c>, zeros. Arbitrary fragments
/// are left out on purpose: they hurt on small corpora.
/// </para>
/// </summary>
sealed class WordVocabulary
{
    /// <summary>An ending must occur with so many different stems to count as one.</summary>
    const int FewestStems = 3;

    /// <summary>Most endings.</summary>
    const int MostEndings = 256;

    readonly int[] rowOfToken;

    WordVocabulary(List<string> tokens, List<int> rows, int rowCount)
    {
        (Tokens, rowOfToken, Rows) = (tokens, [.. rows], rowCount);
        TokenizerJson = WordPieceFile.Write(tokens);
        Tokenizer = Tokenizer.Parse(TokenizerJson);
    }

    /// <summary>The tokens by id.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The trained row of each token, or -1.</summary>
    public IReadOnlyList<int> RowOfToken => rowOfToken;

    /// <summary>Number of trained rows.</summary>
    public int Rows { get; }

    public byte[] TokenizerJson { get; }

    public Tokenizer Tokenizer { get; }

    /// <param name="documents">The corpus.</param>
    /// <param name="stem">A lower-case word's stem.</param>
    /// <param name="isStopWord">Whether a lower-case word is left out.</param>
    /// <param name="maxWords">The most frequent words are kept.</param>
    public static WordVocabulary Build(IReadOnlyList<StaticDocument> documents, Func<string, string> stem, Func<string, bool> isStopWord, int maxWords, CancellationToken cancellation)
    {
        var counter = new WordCounter();
        foreach (var document in documents)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var piece in document.Pieces)
                counter.Add(piece);
        }
        var words = counter.Counts.Keys.Where(word => word.Length <= 100 && Core(word).Length > 0)
            .OrderByDescending(word => counter.Counts[word]).ThenBy(word => word, StringComparer.Ordinal).Take(maxWords);

        var (tokens, rows) = (new List<string>(WordPieceFile.SpecialTokens), WordPieceFile.SpecialTokens.Select(_ => -1).ToList());
        var known = new HashSet<string>(tokens, StringComparer.Ordinal);
        var rowOfStem = new Dictionary<string, int>(StringComparer.Ordinal);
        var endings = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var word in words)
        {
            var core = Core(word);
            if (!known.Add(word))
                continue;
            tokens.Add(word);
            if (isStopWord(core))
            {
                rows.Add(-1);
                continue;
            }
            var root = stem(core);
            if (!rowOfStem.TryGetValue(root, out var row))
                rowOfStem[root] = row = rowOfStem.Count;
            rows.Add(row);
            if (root.Length < core.Length && core.StartsWith(root, StringComparison.Ordinal))
                (endings.TryGetValue(core[root.Length..], out var stems) ? stems : endings[core[root.Length..]] = new(StringComparer.Ordinal)).Add(root);
        }
        foreach (var (root, row) in rowOfStem)
            if (!isStopWord(root) && known.Add(root))
            {
                tokens.Add(root);
                rows.Add(row);
            }
        foreach (var ending in endings.Where(e => e.Value.Count >= FewestStems).OrderByDescending(e => e.Value.Count).ThenBy(e => e.Key, StringComparer.Ordinal).Take(MostEndings))
            if (known.Add("##" + ending.Key))
            {
                tokens.Add("##" + ending.Key);
                rows.Add(-1);
            }
        return new(tokens, rows, rowOfStem.Count);
    }

    /// <summary>Appends the rows of a text's words; words without one are passed over.</summary>
    public void AppendRows(string text, List<int> rows)
    {
        var ids = new List<int>(text.Length / 4 + 4);
        Tokenizer.AppendIds(text, ids, addSpecialTokens: false);
        foreach (var id in ids)
            if (rowOfToken[id] >= 0)
                rows.Add(rowOfToken[id]);
    }

    /// <summary>Vectors of texts, [texts, dimension].</summary>
    public float[] Encode(IReadOnlyList<string> texts, StaticParameters parameters, int threads)
    {
        var batch = new TextBatch();
        foreach (var text in texts)
        {
            AppendRows(text, batch.Rows);
            batch.End();
        }
        var vectors = new float[batch.Count * parameters.Dimension];
        parameters.Encode(batch, parameters.Factors(), vectors, null, threads);
        return vectors;
    }

    /// <summary>The word from its first to its last letter or digit ("≥5" is "5"); empty where it has none.</summary>
    static string Core(string word)
    {
        var (start, end) = (-1, 0);
        var at = 0;
        foreach (var rune in word.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.OtherNumber)
                (start, end) = (start < 0 ? at : start, at + rune.Utf16SequenceLength);
            at += rune.Utf16SequenceLength;
        }
        return start < 0 ? "" : word[start..end];
    }
}
