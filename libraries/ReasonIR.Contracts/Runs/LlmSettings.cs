namespace ReasonIR.Contracts.Runs;

/// <summary>How the language model of the generator <c>llm</c> is used.</summary>
/// <param name="Documents">How many seed documents are used at most; null: all.</param>
/// <param name="QueriesPerDocument">Short for the step <c>queries</c>, where the spec names no steps; null: 1.</param>
/// <param name="NegativesPerQuery">Short for the step <c>writtenNegatives</c>, where the spec names no steps; null: 1.</param>
/// <param name="MinimumWords">Shorter documents are left out.</param>
/// <param name="Temperature">Sampling temperature.</param>
/// <param name="MaxCost">The run stops cleanly before its calls cost more than this, in the currency of the price table; null: no cap.</param>
/// <param name="Concurrency">Calls in flight, in each process that works on the run.</param>
/// <param name="Workers">Processes that work on the run at once, at most; a run with a cap has one.</param>
/// <param name="Endpoint">The configured endpoint that is asked; null: the default one.</param>
/// <param name="Batch">Calls are gathered into batch files for the endpoint, which answers them within a day, cheaper with some: a file holds as many calls
/// as are in flight, so that <paramref name="Concurrency"/> (up to 10,000) is its size. What was handed in is never paid twice.</param>
public sealed record LlmSettings(
    int? Documents = null,
    int? QueriesPerDocument = null,
    int? NegativesPerQuery = null,
    int MinimumWords = 20,
    double Temperature = 0,
    decimal? MaxCost = null,
    int Concurrency = 4,
    int Workers = 4,
    string? Endpoint = null,
    bool Batch = false)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range("llm.documents", Documents, 1, 10_000_000),
        .. SpecChecks.Range("llm.queriesPerDocument", QueriesPerDocument, 1, 10),
        .. SpecChecks.Range("llm.negativesPerQuery", NegativesPerQuery, 0, 10),
        .. SpecChecks.Range<int>("llm.minimumWords", MinimumWords, 0, 100_000),
        .. SpecChecks.Range<double>("llm.temperature", Temperature, 0, 2),
        .. SpecChecks.Range("llm.maxCost", MaxCost, 0, 1_000_000),
        .. SpecChecks.Range<int>("llm.concurrency", Concurrency, 1, Batch ? 10_000 : 256),
        .. SpecChecks.Range<int>("llm.workers", Workers, 1, 64),
        .. SpecChecks.Length("llm.endpoint", Endpoint, 100),
    ];
}
