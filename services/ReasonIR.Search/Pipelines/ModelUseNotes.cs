using ReasonIR.Contracts.Synthesis;

namespace ReasonIR.Search.Pipelines;

/// <summary>What a language model took, as a stage's notes.</summary>
static class ModelUseNotes
{
    /// <summary>Calls, tokens and cost, under the names that results and pages show.</summary>
    public static IEnumerable<KeyValuePair<string, double>> Of(ModelUse use) =>
    [
        new("calls", use.Calls), new("cachedCalls", use.CachedCalls), new("inputTokens", use.InputTokens), new("outputTokens", use.OutputTokens), new("cost", (double)use.Cost),
    ];
}
