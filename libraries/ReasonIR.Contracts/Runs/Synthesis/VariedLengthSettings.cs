using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Runs.Synthesis;

/// <summary>
/// Examples of varied length (paper section 3.2): retrieval tasks are brainstormed, and for a task a query and a text that helps are
/// written, each of a drawn length. No document of the corpus is used.
/// </summary>
/// <param name="Examples">How many are asked for.</param>
/// <param name="Tasks">Different task instructions that are brainstormed first.</param>
/// <param name="LeastWords">The smallest length drawn.</param>
/// <param name="MostWords">The largest length drawn.</param>
/// <param name="Tolerance">By which share a text may be shorter than the length drawn for it.</param>
/// <param name="Attempts">How often an example is asked for; each time the model is told which check failed.</param>
[Shorthand(nameof(Examples))]
public sealed record VariedLengthSettings(int Examples = 1000, int Tasks = 20, int LeastWords = 300, int MostWords = 2000, double Tolerance = 0.2, int Attempts = 3)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range<int>("variedLength.examples", Examples, 1, 10_000_000),
        .. SpecChecks.Range<int>("variedLength.tasks", Tasks, 1, 1000),
        .. SpecChecks.Range<int>("variedLength.leastWords", LeastWords, 10, 4000),
        .. SpecChecks.Range<int>("variedLength.mostWords", MostWords, Math.Clamp(LeastWords, 10, 4000), 4000),
        .. SpecChecks.Range<double>("variedLength.tolerance", Tolerance, 0, 0.9),
        .. SpecChecks.Range<int>("variedLength.attempts", Attempts, 1, 10),
    ];
}
