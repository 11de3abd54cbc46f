using System.Text.Json.Serialization;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Pipelines;

/// <summary>Rewriting by a language model (paper, section 4: scores rise with the rewrite's length).</summary>
/// <param name="Tokens">The length: it is asked for, and an answer ends there.</param>
/// <param name="Temperature">Of sampling.</param>
/// <param name="TopP">Nucleus sampling; null: the server's own.</param>
/// <param name="Seed">Of the first sample; the others follow.</param>
/// <param name="Samples">Rewrites a query; their rankings are fused.</param>
/// <param name="Rounds">2: a second rewrite reads what the first one found.</param>
/// <param name="Passages">How many passages a later round reads.</param>
/// <param name="PassageCharacters">How much of each.</param>
/// <param name="MaxCost">The run stops before its calls cost more; null: the configured cap.</param>
public sealed record RewriteByModel(
    int Tokens = 512, double Temperature = 0, double? TopP = null, int Seed = 0, int Samples = 1, int Rounds = 1, int Passages = 5, int PassageCharacters = 2000, double? MaxCost = null)
{
    internal IEnumerable<string> Problems(string field) =>
    [
        .. SpecChecks.Range<int>($"{field}.tokens", Tokens, 8, 32_768),
        .. SpecChecks.Range<double>($"{field}.temperature", Temperature, 0, 2),
        .. SpecChecks.Range($"{field}.topP", TopP, 0.01, 1),
        .. SpecChecks.Range<int>($"{field}.samples", Samples, 1, 16),
        .. Samples > 1 && Temperature == 0 ? new[] { $"{field}.samples: {Samples} samples at temperature 0 are the same; expected a temperature above 0." } : [],
        .. SpecChecks.Range<int>($"{field}.rounds", Rounds, 1, 3),
        .. SpecChecks.Range<int>($"{field}.passages", Passages, 1, 50),
        .. SpecChecks.Range<int>($"{field}.passageCharacters", PassageCharacters, 100, 100_000),
        .. SpecChecks.Range($"{field}.maxCost", MaxCost, 0, 1_000_000),
    ];
}

/// <summary>Reranking by a language model.</summary>
/// <param name="Task">What helps means: <c>general</c>, <c>stackexchange</c>, <c>aops</c>, <c>leetcode</c>, <c>pony</c>, <c>theoremqa_questions</c> or <c>theoremqa_theorems</c>.</param>
/// <param name="Temperature">Of sampling.</param>
/// <param name="TopP">Nucleus sampling; null: the server's own.</param>
/// <param name="Seed">Of sampling.</param>
/// <param name="Tokens">The bound of a grade's answer; a listwise answer gets what its numbers take.</param>
/// <param name="Window">Listwise: texts in a window.</param>
/// <param name="Stride">Listwise: how far the window moves toward the front each time.</param>
/// <param name="Characters">How much of a text is read; null: 8,000 pointwise, 1,500 listwise.</param>
/// <param name="MaxCost">The run stops before its calls cost more; null: the configured cap.</param>
public sealed record RerankByModel(
    string Task = "general", double Temperature = 0.6, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? TopP = 0.9, int Seed = 0, int Tokens = 32, int Window = 20,
    int Stride = 10, int? Characters = null, double? MaxCost = null)
{
    /// <summary>What is read of a text; a character that takes two units is left whole or out.</summary>
    /// <param name="kind"><c>pointwise</c> or <c>listwise</c>.</param>
    public string Read(string text, string kind) => TextBeginnings.Of(text, Characters ?? (kind == "pointwise" ? 8000 : 1500));

    internal IEnumerable<string> Problems(string field) =>
    [
        .. SpecChecks.OneOf($"{field}.task", Task, "general", "stackexchange", "aops", "leetcode", "pony", "theoremqa_questions", "theoremqa_theorems"),
        .. SpecChecks.Range<double>($"{field}.temperature", Temperature, 0, 2),
        .. SpecChecks.Range($"{field}.topP", TopP, 0.01, 1),
        .. SpecChecks.Range<int>($"{field}.tokens", Tokens, 1, 32_768),
        .. SpecChecks.Range<int>($"{field}.window", Window, 2, 100),
        .. SpecChecks.Range<int>($"{field}.stride", Stride, 1, Math.Max(1, Window)),
        .. SpecChecks.Range($"{field}.characters", Characters, 100, 1_000_000),
        .. SpecChecks.Range($"{field}.maxCost", MaxCost, 0, 1_000_000),
    ];
}
