using System.Text.Json;
using System.Text.Json.Serialization;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Language.Prompts;
using ReasonIR.Synthesis.Generation;

namespace ReasonIR.Synthesis.Steps;

/// <param name="Passage">The text.</param>
/// <param name="Facts">Where it comes from.</param>
sealed record DraftPassage(Passage Passage, PassageFacts Facts);

/// <summary>An example on its way through the steps. Not thread-safe.</summary>
sealed class Draft(string step, int item, string query)
{
    static readonly JsonSerializerOptions Brief = new(ExperimentsJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    readonly SortedDictionary<string, string> prompts = new(StringComparer.Ordinal);

    public string Step => step;

    public int Item => item;

    public string Query => query;

    /// <summary>The seed document; null for an example of varied length.</summary>
    public Document? Seed { get; init; }

    public string? Instruction { get; init; }

    public int Attempts { get; init; } = 1;

    public string? Field { get; init; }

    public string? Link { get; init; }

    public IReadOnlyList<int>? LeastWords { get; init; }

    /// <summary>Whether a second judge grades its passages too.</summary>
    public bool SecondJudged { get; set; }

    public List<DraftPassage> Positives { get; set; } = [];

    public List<DraftPassage> Negatives { get; set; } = [];

    public int? QueryGrade { get; set; }

    public string? QueryReason { get; set; }

    public string? Reasoned { get; set; }

    /// <summary>Notes that a prompt had a part in it.</summary>
    public void By(Prompt prompt) => prompts[prompt.Name] = prompt.Hash;

    /// <param name="model">The model's name, for the label of what made it.</param>
    /// <param name="prompt">The prompt that began it.</param>
    public GeneratedExample Finished(string model, Prompt prompt) => new(
        Query, Positives[0].Passage, [.. Negatives.Select(negative => negative.Passage)], $"llm/{model}", Seed?.ExternalId, prompt.Hash,
        JsonSerializer.Serialize(new ExampleMetadata(Reasoned: Reasoned, Synthesis: new SynthesisFacts(
            Step, Item, prompts, Attempts, Field, Link, QueryGrade, QueryReason, LeastWords, [.. Positives.Select(one => one.Facts)], [.. Negatives.Select(one => one.Facts)])), Brief),
        Instruction, [.. Positives.Skip(1).Select(positive => positive.Passage)]);
}
