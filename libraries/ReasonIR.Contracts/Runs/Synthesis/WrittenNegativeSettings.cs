using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Runs.Synthesis;

/// <summary>Hard negatives that the model writes, each in a turn of its own that sees query and positive only (paper section 3.3).</summary>
/// <param name="PerQuery">Negatives written for a query.</param>
/// <param name="LeastWords">Shorter ones are written again; 300 are asked for.</param>
/// <param name="CopiedWords">One that has so many words in a row from the positive is written again.</param>
/// <param name="Attempts">How often one is asked for; each time the model is told which check failed.</param>
[Shorthand(nameof(PerQuery))]
public sealed record WrittenNegativeSettings(int PerQuery = 1, int LeastWords = 150, int CopiedWords = 25, int Attempts = 3)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range<int>("writtenNegatives.perQuery", PerQuery, 1, 10),
        .. SpecChecks.Range<int>("writtenNegatives.leastWords", LeastWords, 1, 300),
        .. SpecChecks.Range<int>("writtenNegatives.copiedWords", CopiedWords, 3, 1000),
        .. SpecChecks.Range<int>("writtenNegatives.attempts", Attempts, 1, 10),
    ];
}
