using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>Takes items of a <c>synthesize</c> run until none are left; the run starts several, and a process that has nothing to do takes one.</summary>
/// <param name="Run">The run whose items these are.</param>
/// <param name="Part">Its number, from 0.</param>
public sealed record SynthesizePartSpec(long Run, int Part) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"worker {Part} of run {Run}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range<long>("run", Run, 1, long.MaxValue),
        .. SpecChecks.Range<int>("part", Part, 0, 1000),
    ];
}
