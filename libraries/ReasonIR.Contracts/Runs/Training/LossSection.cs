using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Runs.Training;

/// <summary>What is minimized: InfoNCE over in-batch and hard negatives, distillation beside it or in its place, over cut vectors where Matryoshka dimensions are given.</summary>
/// <param name="Temperature">Divides the cosines.</param>
/// <param name="Weight">Of InfoNCE; 0: distillation alone.</param>
/// <param name="Directions">Of <c>queryToDocument</c> (always), <c>documentToQuery</c>, <c>queryToQuery</c>, <c>documentToDocument</c>.</param>
/// <param name="Partition"><c>perDirection</c> (default) or <c>joint</c>: one softmax over all directions.</param>
/// <param name="Scope">Passages a query is told apart from: <c>all</c>, <c>ownGroup</c>, <c>ownGroupAndOtherPositives</c>, <c>positivesOnly</c>.</param>
/// <param name="ScoreGuard">Passages that score above the positive by a margin are left out as probable false negatives.</param>
/// <param name="IdGuard">Passages that are known positives of a query, by document or text, are never its negatives; the default is true.</param>
/// <param name="GuardOwnNegatives">The guards may leave out a query's own hard negatives too.</param>
/// <param name="ExampleWeights">The examples' own weights count; the default is true.</param>
/// <param name="WeightNorm">Weighted losses are divided by the <c>sumOfWeights</c> (default) or the <c>batchSize</c>.</param>
/// <param name="Reasoning">Weights from the ratio of the loss with the original and with the reasoned query (ReasonEmbed's Redapter).</param>
/// <param name="Distillation">From a teacher's stored scores.</param>
/// <param name="Matryoshka">Widths that cut vectors shall be good at.</param>
/// <param name="MatryoshkaMean">The mean over the widths in place of the sum.</param>
public sealed record LossSection(
    double? Temperature = null, double? Weight = null, IReadOnlyList<string>? Directions = null, string? Partition = null, string? Scope = null,
    ScoreGuardSection? ScoreGuard = null, bool? IdGuard = null, bool? GuardOwnNegatives = null, bool? ExampleWeights = null, string? WeightNorm = null,
    ReasoningSection? Reasoning = null, DistillationSection? Distillation = null, IReadOnlyList<MatryoshkaWidth>? Matryoshka = null, bool? MatryoshkaMean = null)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range("loss.temperature", Temperature, 1e-4, 100),
        .. SpecChecks.Range("loss.weight", Weight, 0, 1e6),
        .. (Directions ?? []).SelectMany((direction, i) => SpecChecks.OneOf($"loss.directions[{i}]", direction, "queryToDocument", "documentToQuery", "queryToQuery", "documentToDocument")),
        .. Directions?.Contains("queryToDocument") == false ? new[] { "loss.directions: expected 'queryToDocument' among them." } : [],
        .. Partition is null ? [] : SpecChecks.OneOf("loss.partition", Partition, "perDirection", "joint"),
        .. Scope is null ? [] : SpecChecks.OneOf("loss.scope", Scope, "all", "ownGroup", "ownGroupAndOtherPositives", "positivesOnly"),
        .. SpecChecks.Range("loss.scoreGuard.margin", ScoreGuard?.Margin, -2, 2),
        .. WeightNorm is null ? [] : SpecChecks.OneOf("loss.weightNorm", WeightNorm, "sumOfWeights", "batchSize"),
        .. SpecChecks.Range("loss.reasoning.maxRatio", Reasoning?.MaxRatio, 1e-3, 1e3),
        .. Weight == 0 && Distillation is null ? new[] { "loss.weight: expected more than 0 where there is no distillation." } : [],
        .. Distillation?.Problems() ?? [],
        .. Matryoshka is { Count: < 1 or > 64 } ? new[] { $"loss.matryoshka: expected 1 to 64 widths, found {Matryoshka.Count}." } : [],
        .. (Matryoshka ?? []).SelectMany((one, i) => one is null ? [$"loss.matryoshka[{i}]: expected a width, found nothing."]
            : SpecChecks.Range<int>($"loss.matryoshka[{i}].width", one.Width, 1, 1_000_000).Concat(SpecChecks.Range<double>($"loss.matryoshka[{i}].weight", one.Weight, 1e-9, 1e6))),
        .. Matryoshka?.OfType<MatryoshkaWidth>().GroupBy(one => one.Width).Where(group => group.Count() > 1).Select(group => $"loss.matryoshka: the width {group.Key} occurs {group.Count()} times; expected once.") ?? [],
    ];
}

/// <summary>A cosine above cos(positive) + margin, or cos(positive) − |cos(positive)| · margin where relative, is left out.</summary>
[Shorthand(nameof(Margin))]
public sealed record ScoreGuardSection(double Margin = 0, bool Relative = false);

/// <param name="MaxRatio">Weights are cut here.</param>
[Shorthand(nameof(MaxRatio))]
public sealed record ReasoningSection(double MaxRatio = 5);

/// <param name="Width">Components kept.</param>
/// <param name="Weight">Of the loss over them.</param>
[Shorthand(nameof(Width))]
public sealed record MatryoshkaWidth(int Width, double Weight = 1);

/// <summary>Distillation from the scores that the examples bring.</summary>
/// <param name="Kind"><c>kl</c> (Kullback-Leibler), <c>crossEntropy</c> or <c>marginMse</c>.</param>
/// <param name="Weight">Of this term.</param>
/// <param name="Similarity"><c>cosine</c> or <c>dot</c>.</param>
/// <param name="StudentTemperature">Null: InfoNCE's.</param>
/// <param name="TeacherTemperature">Divides the teacher's scores.</param>
/// <param name="TimesSquaredTemperature">Multiplies the divergence by the squared student temperature.</param>
[Shorthand(nameof(Kind))]
public sealed record DistillationSection(
    string Kind = "kl", double Weight = 1, string Similarity = "cosine", double? StudentTemperature = null, double TeacherTemperature = 1, bool TimesSquaredTemperature = false)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.OneOf("loss.distillation.kind", Kind, "kl", "crossEntropy", "marginMse"),
        .. SpecChecks.Range<double>("loss.distillation.weight", Weight, 1e-9, 1e6),
        .. SpecChecks.OneOf("loss.distillation.similarity", Similarity, "cosine", "dot"),
        .. SpecChecks.Range("loss.distillation.studentTemperature", StudentTemperature, 1e-4, 1e4),
        .. SpecChecks.Range<double>("loss.distillation.teacherTemperature", TeacherTemperature, 1e-4, 1e4),
    ];
}
