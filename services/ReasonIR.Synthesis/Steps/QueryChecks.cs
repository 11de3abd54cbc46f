using System.Text.RegularExpressions;
using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Retrieval.Languages;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Steps;

/// <summary>What a written query must be.</summary>
static partial class QueryChecks
{
    /// <summary>Shorter words are mostly those that every text has.</summary>
    const int ContentLetters = 4;

    public static CheckFailure? Failure(string query, string document, HardQuerySettings settings)
    {
        var words = Words.Count(query);
        if (words < settings.LeastWords)
            return new("query too short", $"a query has {words} words; expected {settings.LeastWords} to {settings.MostWords}");
        if (words > settings.MostWords)
            return new("query too long", $"a query has {words} words; expected {settings.LeastWords} to {settings.MostWords}");
        if (Pointer().Match(query) is { Success: true } pointer)
            return new("query names the document", $"a query says \"{pointer.Value}\", but its reader has no document before them");
        if (Words.SharedRun(query, document, settings.CopiedWords) is { } run)
            return new("query copies the document", $"a query copies \"{run}\" from the document");
        if (settings.SharedWords is { } most && SharedShare(query, document) is var share && share > most)
            return new("query shares too many words", $"a query takes {share:P0} of its words from the document, at most {most:P0} are allowed; describe things by other words");
        if (settings.SameLanguage && (LanguageGuess.Of(query), LanguageGuess.Of(document)) is var (own, theirs) && own != theirs && own != LanguageGuess.Unknown && theirs != LanguageGuess.Unknown)
            return new("query in another language", $"a query is in another language ({own}) than the document ({theirs})");
        return null;
    }

    /// <summary>The share of the query's different words of some length that the document holds.</summary>
    static double SharedShare(string query, string document)
    {
        var own = Words.Of(query).Where(word => word.Length >= ContentLetters).ToHashSet(StringComparer.Ordinal);
        var theirs = Words.Of(document).ToHashSet(StringComparer.Ordinal);
        return own.Count == 0 ? 0 : (double)own.Count(theirs.Contains) / own.Count;
    }

    [GeneratedRegex(@"\b(this|the (above|given|following|provided)|according to the|mentioned in the|described in the|in the) (document|passage|article|excerpt|text)\b|\bthe (document|passage|excerpt)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pointer();
}
