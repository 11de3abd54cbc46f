using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Runs.Training;

/// <summary>What is measured during the run: nDCG@10 on query sets, over an index of a sample of their corpus in which every judged document is.</summary>
/// <param name="Steps">Every so many steps, and after the last.</param>
/// <param name="Sets">Query sets with judgments; the score is the mean over them.</param>
/// <param name="Sample">Documents of each corpus that are searched, judged ones included; null: 2,000.</param>
/// <param name="Queries">Queries of each set at most; null: 200.</param>
/// <param name="Patience">Evaluations without improvement after which the run ends; null: it does not.</param>
/// <param name="MinImprovement">What counts as one.</param>
/// <param name="KeepBest">The best evaluated model is the result, not the last; the default is true.</param>
/// <param name="AtStart">The base is evaluated too; the default is true.</param>
/// <param name="HardNegativeSteps">Every so many steps the hardest negatives of the batch are logged.</param>
public sealed record EvaluationSection(
    int? Steps = null, IReadOnlyList<EvaluationSet>? Sets = null, int? Sample = null, int? Queries = null, int? Patience = null, double? MinImprovement = null,
    bool? KeepBest = null, bool? AtStart = null, int? HardNegativeSteps = null)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range("evaluation.steps", Steps, 1, 10_000_000),
        .. Sets?.Count > 0 && Steps is null ? new[] { "evaluation.steps: expected how often the sets are evaluated." } : [],
        .. Steps is not null && Sets is not { Count: > 0 } ? new[] { "evaluation.sets: expected the query sets that are evaluated, found none." } : [],
        .. Patience is not null && Steps is null ? new[] { "evaluation.patience: nothing is evaluated; expected evaluation.steps and sets." } : [],
        .. (Sets ?? []).SelectMany((set, i) => set is null ? [$"evaluation.sets[{i}]: expected a corpus, found nothing."]
            : SpecChecks.Name($"evaluation.sets[{i}].corpus", set.Corpus).Concat(set.QuerySet is null ? [] : SpecChecks.Name($"evaluation.sets[{i}].querySet", set.QuerySet))),
        .. Sets?.Count > 50 ? new[] { $"evaluation.sets: expected 50 at most, found {Sets.Count}." } : [],
        .. SpecChecks.Range("evaluation.sample", Sample, 1, 10_000_000),
        .. SpecChecks.Range("evaluation.queries", Queries, 1, 1_000_000),
        .. SpecChecks.Range("evaluation.patience", Patience, 1, 1_000_000),
        .. SpecChecks.Range("evaluation.minImprovement", MinImprovement, 0, 1),
        .. SpecChecks.Range("evaluation.hardNegativeSteps", HardNegativeSteps, 1, 10_000_000),
    ];
}

/// <param name="Corpus">The corpus.</param>
/// <param name="QuerySet">Its query set; null: its only judged one, or the one named <c>test</c>.</param>
/// <param name="Instruction">Of the queries; null: that of the data's first source.</param>
[Shorthand(nameof(Corpus))]
public sealed record EvaluationSet(string Corpus, string? QuerySet = null, string? Instruction = null);

/// <summary>What comes out.</summary>
/// <param name="Name">The name of the new model.</param>
/// <param name="Format"><c>sentence-transformers</c> (default: a folder that Hugging Face's libraries load; adapters are merged into it) or <c>peft</c>: the adapters alone.</param>
/// <param name="License">Stated in the model card, e.g. <c>apache-2.0</c>.</param>
/// <param name="Description">Of the model, in the card.</param>
[Shorthand(nameof(Name))]
public sealed record OutputSection(string Name, string? Format = null, string? License = null, string? Description = null)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("output.name", Name),
        .. Format is null ? [] : SpecChecks.OneOf("output.format", Format, "sentence-transformers", "peft"),
        .. SpecChecks.Length("output.license", License, 200),
        .. SpecChecks.Length("output.description", Description, 10_000),
    ];
}
