using System.Globalization;
using ReasonIR.Contracts.Passages;
using ReasonIR.Experiments.Corpora;

namespace ReasonIR.Search.Indexing;

/// <summary>What a BM25 index calls the passages of a document: its id, a unit separator (U+001F), the passage's number from 0.</summary>
public static class PassageIds
{
    const char Separator = '\u001F';

    /// <summary>The id of a passage.</summary>
    public static string Of(string document, int part) => string.Create(CultureInfo.InvariantCulture, $"{document}{Separator}{part}");

    /// <summary>The document and the number of a passage. An id may hold the separator itself: the last one counts.</summary>
    public static (string Document, int Part) Split(string passage)
    {
        var at = passage.LastIndexOf(Separator);
        return (passage[..at], int.Parse(passage.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    /// <summary>A document's passages.</summary>
    /// <exception cref="ArgumentException">They are too many; the message names the document.</exception>
    public static IReadOnlyList<Passage> Of(this PassageRule rule, Document document)
    {
        try
        {
            return rule.Cut(document.Text);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"document '{document.ExternalId}': {e.Message}");
        }
    }
}
