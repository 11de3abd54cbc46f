using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Portal.Results;

/// <summary>The experiment that a result belongs to, as its run's spec names it.</summary>
public static class ResultLabels
{
    /// <param name="kind">Of the run that left the result.</param>
    /// <param name="spec">The run's spec.</param>
    public static string? Of(string kind, string spec) => kind == RunKinds.ImportRun
        ? JsonSerializer.Deserialize<ImportRunSpec>(spec, ReasonIrJson.Web)?.Label
        : JsonSerializer.Deserialize<EvaluateSpec>(spec, ReasonIrJson.Web)?.Label;
}
