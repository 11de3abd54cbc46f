namespace ReasonIR.Contracts.Runs.Synthesis;

/// <summary>
/// A judge grades from 1 to 5 what was made, and what fails is left out: a text by how much it helps with the query, a query by how well
/// it stands on its own and asks for reasoning.
/// </summary>
/// <param name="Positives">The least grade of a positive; 0: not graded. One below it goes, and the example with its last one.</param>
/// <param name="Negatives">The grade from which a negative helps too much and goes; 0: not graded.</param>
/// <param name="Queries">The least grade of a query; 0: not graded. An example below it goes.</param>
/// <param name="Second">A second judge for some of the examples, to say how far grades can be trusted; null: none.</param>
/// <param name="Endpoint">The configured endpoint that is asked; null: the one that writes.</param>
public sealed record JudgeSettings(int Positives = 4, int Negatives = 3, int Queries = 3, SecondJudge? Second = null, string? Endpoint = null)
{
    internal IEnumerable<string> Problems() =>
    [
        .. Grade("judge.positives", Positives),
        .. Grade("judge.negatives", Negatives),
        .. Grade("judge.queries", Queries),
        .. Positives == 0 && Negatives == 0 && Queries == 0 ? new[] { "judge: expected positives, negatives or queries to grade, found none; leave judge out." } : [],
        .. Second?.Problems() ?? [],
        .. SpecChecks.Length("judge.endpoint", Endpoint, 100),
    ];

    static IEnumerable<string> Grade(string field, int value)
    {
        if (value is not (0 or >= 2 and <= 5))
            yield return $"{field}: expected a grade from 2 to 5, or 0 for none, found {value}.";
    }
}

/// <summary>Grades the passages of some examples again, by other words; it decides nothing, its agreement with the judge is reported.</summary>
/// <param name="Share">The share of examples, drawn by the seed.</param>
/// <param name="Endpoint">The configured endpoint that is asked; null: the judge's own.</param>
public sealed record SecondJudge(double Share = 0.1, string? Endpoint = null)
{
    internal IEnumerable<string> Problems() => [.. SpecChecks.Range<double>("judge.second.share", Share, 0.0001, 1), .. SpecChecks.Length("judge.second.endpoint", Endpoint, 100)];
}
