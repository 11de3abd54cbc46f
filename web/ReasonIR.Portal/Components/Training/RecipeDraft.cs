using System.Text.Encodings.Web;
using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Specs;
using ReasonIR.Contracts.Trainer;
using ReasonIR.Portal.Training;

namespace ReasonIR.Portal.Components.Training;

/// <summary>A recipe that is being written: its text is what counts, the form sets fields in it. What is read from it comes from the same calls as over REST.</summary>
public sealed class RecipeDraft
{
    static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>YAML or JSON.</summary>
    public string Text { get; private set; } = "";

    public RecipeCheck Check { get; private set; } = new(null, null, []);

    /// <summary>The recipe, where it can run.</summary>
    public TrainSpec? Spec => Check.Problems.Count == 0 ? Check.Spec : null;

    /// <summary>Whether there are fields to set: a text that is no YAML has none.</summary>
    public bool IsRead => Check.Spec is not null;

    /// <summary>Told after each change.</summary>
    public event Action? Changed;

    /// <summary>Another text.</summary>
    public void Write(string text)
    {
        (Text, Check) = (text, RecipesService.Check(text));
        Changed?.Invoke();
    }

    /// <summary>Sets fields, each <c>path=value</c> in YAML; <c>null</c> takes one out.</summary>
    public void Set(params string[] set)
    {
        (Text, Check) = RecipesService.Edit(Text, set);
        Changed?.Invoke();
    }

    /// <summary>A value as it was written; null: it is not there.</summary>
    public string? Value(string path) => Check.Values?.GetValueOrDefault(path);

    /// <summary>The paths of a list's values, as <c>path[0]</c> and <c>path[0].field</c>.</summary>
    public IEnumerable<string> ValuesIn(string path) => Check.Values?.Keys.Where(key => key.StartsWith(path + "[", StringComparison.Ordinal)) ?? [];

    /// <summary>Entries of a list.</summary>
    public int Count(string path) => ValuesIn(path).Select(key => int.Parse(key.AsSpan(path.Length + 1, key.IndexOf(']', path.Length) - path.Length - 1), System.Globalization.CultureInfo.InvariantCulture) + 1).DefaultIfEmpty(0).Max();

    /// <summary>What is wrong with a field.</summary>
    public IEnumerable<SpecProblem> ProblemsOf(string path) => Check.Problems.Where(problem => problem.Field == path);

    /// <summary>What is wrong with a list's entries.</summary>
    public IEnumerable<SpecProblem> ProblemsIn(string path) => Check.Problems.Where(problem => problem.Field.StartsWith(path + "[", StringComparison.Ordinal));

    /// <summary>A text as a value of YAML.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text, Plain);
}
