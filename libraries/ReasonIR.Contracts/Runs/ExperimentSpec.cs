using System.Text.Json.Serialization;
using ReasonIR.Contracts.Studies;

namespace ReasonIR.Contracts.Runs;

/// <summary>One of the paper's experiments: what is missing is imported, trained and indexed, then everything is measured, by runs of its own; the table is made of their results.</summary>
/// <param name="Experiment"><c>rewrite-length</c>, <c>table</c>, <c>negatives</c> or <c>mixture</c>.</param>
/// <param name="On">What it measures on.</param>
/// <param name="RewriteLength">For <c>rewrite-length</c>.</param>
/// <param name="Table">For <c>table</c>.</param>
/// <param name="Training">For <c>negatives</c> and <c>mixture</c>.</param>
/// <param name="Batch">What the systems' stages ask a language model is sent as batch files, which its server answers within a day, cheaper with some.</param>
public sealed record ExperimentSpec(
    string Experiment, StudyScope On, RewriteLength? RewriteLength = null, SystemTable? Table = null, TrainingArms? Training = null, bool Batch = false) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"experiment {Experiment} on {On?.Benchmark ?? string.Join(", ", On?.Corpora ?? [])}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        var wanted = Experiment switch { "rewrite-length" => RewriteLength, "table" => Table, "negatives" or "mixture" => (object?)Training, _ => null };
        var given = new object?[] { RewriteLength, Table, Training }.Count(section => section is not null);
        return
        [
            .. SpecChecks.OneOf("experiment", Experiment, "rewrite-length", "table", "negatives", "mixture"),
            .. wanted is null || given != 1
                ? new[] { $"{Experiment switch { "rewrite-length" => "rewriteLength", "table" => "table", _ => "training" }}: expected this section and no other for the experiment '{Experiment}'." } : [],
            .. Batch && Training is not null ? new[] { $"batch: the experiment '{Experiment}' asks no language model; expected false." } : [],
            .. On.Problems(),
            .. RewriteLength?.Problems() ?? [],
            .. Table?.Problems() ?? [],
            .. Training?.Problems() ?? [],
        ];
    }
}
