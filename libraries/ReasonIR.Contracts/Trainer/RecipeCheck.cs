using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Trainer;

/// <summary>What was read from a recipe.</summary>
/// <param name="Spec">As it is understood; null where the text is neither YAML nor JSON.</param>
/// <param name="Yaml">The same, written out.</param>
/// <param name="Problems">Empty where it can run.</param>
/// <param name="Values">Every value by its path, as it was written, whether it fits or not.</param>
public sealed record RecipeCheck(TrainSpec? Spec, string? Yaml, IReadOnlyList<SpecProblem> Problems, IReadOnlyDictionary<string, string>? Values = null);

/// <summary>Asks for a recipe with fields set.</summary>
/// <param name="Text">YAML or JSON.</param>
/// <param name="Set">Each <c>path=value</c>; <c>null</c> takes a field out.</param>
public sealed record RecipeEdit(string Text, IReadOnlyList<string>? Set = null);

/// <summary>A recipe with fields set.</summary>
/// <param name="Text">As YAML; what was not set is as it was, comments are lost.</param>
/// <param name="Check">What is read from it.</param>
public sealed record EditedRecipe(string Text, RecipeCheck Check);

/// <summary>A recipe that this installation brings along.</summary>
/// <param name="Name">Of its file, with its folder, e.g. <c>small/tiny</c>.</param>
/// <param name="About">The comment that it begins with.</param>
/// <param name="Text">YAML.</param>
public sealed record RecipeTemplate(string Name, string About, string Text);

/// <summary>Fields that a clone changes, each <c>path=value</c>.</summary>
public sealed record CloneRequest(IReadOnlyList<string>? Set = null);
