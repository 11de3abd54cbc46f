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

    /// <summary>Adds notes to those of the same names.</summary>
    public static void Add(this IDictionary<string, double> notes, IEnumerable<KeyValuePair<string, double>> more)
    {
        foreach (var (name, value) in more)
            notes[name] = notes.TryGetValue(name, out var before) ? before + value : value;
    }

    /// <summary>Adds what batches brought before the stage asked: to the stage they are answers that were there.</summary>
    public static void AddBatched(this IDictionary<string, double> notes, ModelUse? batched)
    {
        if (batched is null)
            return;
        notes.Add(Of(batched with { CachedCalls = 0 }));
        notes["cachedCalls"] = Math.Max(0, notes["cachedCalls"] - batched.Calls);
    }
}
