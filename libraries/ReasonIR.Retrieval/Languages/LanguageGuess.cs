using System.Collections.Frozen;

namespace ReasonIR.Retrieval.Languages;

/// <summary>
/// Guesses a text's language: by its script where that decides (Greek, Hebrew, Hangul, ...), for Latin letters by which language's function
/// words it holds. A filter for whole documents, not for queries: texts of a few words, lists and formulas are <see cref="Unknown"/>, close
/// relatives are told apart by few words (Norwegian passes for Danish, Ukrainian without its own letters for Russian), and a text in two
/// languages counts as the one that has more of it. Reads the first <see cref="MostWords"/> words.
/// </summary>
public static class LanguageGuess
{
    /// <summary>What a text is whose language cannot be told (ISO 639's code for that).</summary>
    public const string Unknown = "und";

    /// <summary>Words that are looked at.</summary>
    public const int MostWords = 2000;

    /// <summary>The best language's function words make up this share of a text at least, and lead the next by this factor.</summary>
    const double Share = 0.1, Lead = 1.25;

    const int FewestHits = 3, LongestWord = 8;

    static readonly string[] codes = [.. FunctionWordLists.ByLanguage.Keys];
    static readonly FrozenDictionary<string, IReadOnlySet<string>> sets = FunctionWordLists.ByLanguage.ToFrozenDictionary(
        pair => pair.Key, pair => (IReadOnlySet<string>)pair.Value.Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase));

    /// <summary>Bit n of a word: language n has it.</summary>
    static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> languages = codes.Index()
        .SelectMany(code => sets[code.Item].Select(word => (Word: word, Bit: 1 << code.Index))).GroupBy(one => one.Word, StringComparer.Ordinal)
        .ToFrozenDictionary(group => group.Key, group => group.Aggregate(0, (bits, one) => bits | one.Bit)).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The codes (ISO 639-1) that can be guessed.</summary>
    public static IReadOnlyList<string> Codes { get; } = [.. codes, .. Scripts.Codes];

    /// <summary>The function words of a language; English ones where it has no list.</summary>
    public static IReadOnlySet<string> FunctionWords(string code) => sets.TryGetValue(code, out var words) ? words : sets["en"];

    /// <summary>The text's language, or <see cref="Unknown"/>.</summary>
    public static string Of(ReadOnlySpan<char> text) => Look(text).Language;

    /// <summary>The language and the share of its function words among the text's words.</summary>
    public static (string Language, double FunctionShare) Look(ReadOnlySpan<char> text)
    {
        Span<int> hits = stackalloc int[32];
        Span<char> lower = stackalloc char[LongestWord];
        var scripts = new Scripts();
        var words = 0;
        for (var i = 0; i < text.Length && words < MostWords;)
        {
            if (!char.IsLetter(text[i]))
            {
                i++;
                continue;
            }
            var start = i;
            while (i < text.Length && (char.IsLetter(text[i]) || text[i] == '\''))
                scripts.Count(text[i++]);
            words++;
            if (i - start > LongestWord)
                continue;
            var length = text[start..i].ToLowerInvariant(lower);
            if (languages.TryGetValue(lower[..length], out var bits))
                for (; bits != 0; bits &= bits - 1)
                    hits[System.Numerics.BitOperations.TrailingZeroCount(bits)]++;
        }
        if (scripts.Decide() is { } decided)
            return (decided, 0);
        var (best, next) = (0, 0);
        var which = -1;
        for (var n = 0; n < codes.Length; n++)
            if (hits[n] > best)
                (next, best, which) = (best, hits[n], n);
            else
                next = Math.Max(next, hits[n]);
        // Letters in formulas are function words of some language or other.
        var share = best < FewestHits ? 0 : (double)best / words;
        return best >= FewestHits && share >= Share && best >= Lead * next ? (codes[which], share) : (Unknown, share);
    }
}
