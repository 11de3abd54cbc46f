namespace ReasonIR.Contracts.Runs.Synthesis;

/// <summary>
/// Positives are looked for in the corpus and graded, in place of the seed document (ReasonEmbed): BM25 finds candidates for the query,
/// the seed excluded, and a judge grades each from 1 to 5 with its reasons.
/// </summary>
/// <param name="Candidates">Documents that are graded for a query.</param>
/// <param name="Threshold">The grade from which a candidate is a positive.</param>
/// <param name="Most">Positives an example keeps at most, best grades first.</param>
/// <param name="KeepSeed">Whether the seed document is a positive as well.</param>
public sealed record PositiveSettings(int Candidates = 10, int Threshold = 4, int Most = 3, bool KeepSeed = false)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range<int>("positives.candidates", Candidates, 1, 200),
        .. SpecChecks.Range<int>("positives.threshold", Threshold, 2, 5),
        .. SpecChecks.Range<int>("positives.most", Most, 1, 50),
    ];
}
