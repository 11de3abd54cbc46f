using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Runs.Synthesis;

/// <summary>Hard queries (paper section 3.1): a seed document is brainstormed about, then queries that take reasoning to lead to it are written.</summary>
/// <param name="PerDocument">Queries asked for a document.</param>
/// <param name="LeastWords">Shorter queries are written again.</param>
/// <param name="MostWords">Longer queries are written again.</param>
/// <param name="CopiedWords">A query that has so many words in a row from its document is a copy, and written again.</param>
/// <param name="SharedWords">The share of a query's different words of four letters or more that its document may hold; null: any.</param>
/// <param name="SameLanguage">Whether a query must be in its document's language, as far as script and common words tell.</param>
/// <param name="Attempts">How often a document is asked about; each time the model is told which check failed.</param>
[Shorthand(nameof(PerDocument))]
public sealed record HardQuerySettings(
    int PerDocument = 1, int LeastWords = 12, int MostWords = 400, int CopiedWords = 10, double? SharedWords = null, bool SameLanguage = true, int Attempts = 3)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range<int>("queries.perDocument", PerDocument, 1, 10),
        .. SpecChecks.Range<int>("queries.leastWords", LeastWords, 1, 2000),
        .. SpecChecks.Range<int>("queries.mostWords", MostWords, Math.Clamp(LeastWords, 1, 2000), 4000),
        .. SpecChecks.Range<int>("queries.copiedWords", CopiedWords, 3, 1000),
        .. SpecChecks.Range("queries.sharedWords", SharedWords, 0.05, 1),
        .. SpecChecks.Range<int>("queries.attempts", Attempts, 1, 10),
    ];
}
