using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Runs.Synthesis;

/// <summary>Each query is expanded step by step; the expansion stands beside the query and weighs the example where a training recipe asks for it.</summary>
/// <param name="Words">The length asked for.</param>
/// <param name="Tolerance">By which share an expansion may be shorter or longer.</param>
/// <param name="Attempts">How often one is asked for; each time the model is told which check failed.</param>
[Shorthand(nameof(Words))]
public sealed record ReasonedSettings(int Words = 256, double Tolerance = 0.5, int Attempts = 3)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range<int>("reasoned.words", Words, 16, 4000),
        .. SpecChecks.Range<double>("reasoned.tolerance", Tolerance, 0.05, 0.95),
        .. SpecChecks.Range<int>("reasoned.attempts", Attempts, 1, 10),
    ];
}
