using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Trainer;

/// <summary>What was read from a recipe.</summary>
/// <param name="Spec">As it is understood; null where the text is neither YAML nor JSON.</param>
/// <param name="Yaml">The same, written out.</param>
/// <param name="Problems">Empty where it can run.</param>
public sealed record RecipeCheck(TrainSpec? Spec, string? Yaml, IReadOnlyList<SpecProblem> Problems);

/// <summary>Fields that a clone changes, each <c>path=value</c>.</summary>
public sealed record CloneRequest(IReadOnlyList<string>? Set = null);
