using ReasonIR.Retrieval.Languages;

namespace ReasonIR.Retrieval.Pairs;

/// <summary>
/// Runs of words between function words and marks, the weightiest of a text by the degree of their words over their frequency (RAKE, S. Rose
/// et al. 2010): it needs the text alone, so that a document's questions do not depend on the others.
/// </summary>
/// <param name="Text">As the text writes it where it first stands.</param>
/// <param name="Asked">The same with a question mark.</param>
sealed record KeyPhrase(string Text, string Asked)
{
    const int MostWords = 4, Most = 8, ShortestWord = 4;

    static readonly (string Before, string Between)[] Forms =
        [("How does", "bear on"), ("What connects", "with"), ("Why does", "matter for"), ("What is known about", "in the case of"), ("Can", "be explained by")];

    public static int Templates => Forms.Length;

    /// <summary>The pieces of a question about two phrases.</summary>
    public static IReadOnlyList<string> Ask(int template, KeyPhrase first, KeyPhrase second) => [Forms[template].Before, first.Text, Forms[template].Between, second.Asked];

    /// <summary>The best of a text, the best first.</summary>
    public static IReadOnlyList<KeyPhrase> Of(IReadOnlyList<string> pieces)
    {
        var drop = LanguageGuess.FunctionWords(LanguageGuess.Of(string.Join(' ', pieces)));
        var found = new List<string[]>();
        foreach (var piece in pieces)
            Candidates(piece, drop, found);
        var (frequency, degree) = (new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase), new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase));
        foreach (var phrase in found)
            foreach (var word in phrase)
            {
                frequency[word] = frequency.GetValueOrDefault(word) + 1;
                degree[word] = degree.GetValueOrDefault(word) + phrase.Length;
            }
        return [.. found.Index().GroupBy(one => string.Join(' ', one.Item), StringComparer.OrdinalIgnoreCase)
            .Select(group => (Text: group.Key, First: group.First().Index, Score: group.First().Item.Sum(word => (double)degree[word] / frequency[word]) * (1 + Math.Log(group.Count()))))
            .OrderByDescending(phrase => phrase.Score).ThenBy(phrase => phrase.First).Take(Most).Select(phrase => new KeyPhrase(phrase.Text, phrase.Text + "?"))];
    }

    static void Candidates(string piece, IReadOnlySet<string> drop, List<string[]> found)
    {
        var run = new List<string>();
        foreach (var raw in SentenceSplitter.SplitWords(piece))
        {
            var word = raw.Trim('.', ',', ';', ':', '!', '?', '(', ')', '[', ']', '"', '\'', '*', '`');
            var opens = raw.Length > 0 && raw[0] is '(' or '[' or '"';
            if (opens)
                End();
            if (word.Length == 0 || !word.All(c => char.IsLetterOrDigit(c) || c is '-' or '\'') || !word.Any(char.IsLetter) || drop.Contains(word))
                End();
            else
                run.Add(word);
            if (raw.Length > 0 && !char.IsLetterOrDigit(raw[^1]))
                End();
        }
        End();

        void End()
        {
            if (run.Count is >= 1 and <= MostWords && run.Exists(word => word.Length >= ShortestWord))
                found.Add([.. run]);
            run.Clear();
        }
    }
}
