namespace ReasonIR.Portal.Components.Training;

/// <summary>How a field of a recipe is asked for.</summary>
public enum RecipeFieldKind
{
    Text,
    Number,
    Choice,
    YesNo,

    /// <summary>Several texts, commas between them.</summary>
    Texts,

    /// <summary>Several numbers, commas between them.</summary>
    Numbers,
}

/// <summary>A field of the form.</summary>
/// <param name="Path">Where it stands in the recipe.</param>
/// <param name="Label">What the form calls it.</param>
/// <param name="Hint">What it is without a value, or what it does.</param>
/// <param name="Options">Of a choice.</param>
/// <param name="Part">Of a list's entry: the field that is asked for.</param>
public sealed record RecipeField(string Path, string Label, RecipeFieldKind Kind = RecipeFieldKind.Text, string? Hint = null, IReadOnlyList<string>? Options = null, string? Part = null);

/// <summary>A section of the form.</summary>
/// <param name="About">What it decides.</param>
public sealed record RecipeFormSection(string Name, string About, IReadOnlyList<RecipeField> Fields);
