using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Specs;
using ReasonIR.Contracts.Trainer;
using ReasonIR.Portal.Runs;

namespace ReasonIR.Portal.Training;

/// <summary>What pages and the REST API know about recipes: the templates beside the program, checks, edits and estimates.</summary>
public sealed class RecipesService(RunsService runs, TrainerClient trainer)
{
    static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "recipes");

    readonly Lazy<IReadOnlyList<RecipeTemplate>> templates = new(Load);

    /// <summary>The recipes that this installation brings along, by name.</summary>
    public IReadOnlyList<RecipeTemplate> Templates => templates.Value;

    /// <summary>What is read from a recipe, YAML or JSON, with every problem.</summary>
    public static RecipeCheck Check(string text)
    {
        try
        {
            var reading = TrainSpecs.Read(text);
            return new(reading.Spec, TrainSpecs.ToYaml(reading.Spec), reading.Problems, reading.Values);
        }
        catch (SpecSyntaxException e)
        {
            return new(null, null, [new("", e.Message)]);
        }
    }

    /// <summary>A recipe with fields set.</summary>
    /// <exception cref="ArgumentException">The text is neither YAML nor JSON, or a field is not written as path=value.</exception>
    public static EditedRecipe Edit(string text, IReadOnlyList<string> set)
    {
        try
        {
            var edited = TrainSpecs.Edit(text, set);
            return new(edited, Check(edited));
        }
        catch (SpecSyntaxException e)
        {
            throw new ArgumentException(e.Message, e);
        }
    }

    /// <summary>The recipe of a training run as a new one: its model has a name that is free. Null where there is no such run.</summary>
    /// <exception cref="ArgumentException">The run is of another kind.</exception>
    public async Task<string?> OfRunAsync(long id, CancellationToken ct) => await runs.CloneSpecAsync(id, [], ct) switch
    {
        null => null,
        TrainSpec spec => TrainSpecs.ToYaml(spec),
        var other => throw new ArgumentException($"Run {id} is of kind '{RunSpecs.KindOf(other)}'; expected a run of kind '{RunKinds.Train}'."),
    };

    /// <summary>What a run of a recipe will take.</summary>
    /// <exception cref="ArgumentException">The recipe cannot run; the message lists every problem.</exception>
    /// <exception cref="ServiceException">The Trainer's own words where it names what is not there.</exception>
    public Task<TrainEstimate> EstimateAsync(TrainSpec spec, bool probe, CancellationToken ct)
    {
        RunSpecs.ThrowIfInvalid(RunKinds.Train, spec);
        return trainer.EstimateAsync(new(spec, probe), ct);
    }

    static IReadOnlyList<RecipeTemplate> Load() => !Directory.Exists(Folder) ? [] :
    [
        .. Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories)
            .Select(path => (Name: Path.ChangeExtension(Path.GetRelativePath(Folder, path), null).Replace(Path.DirectorySeparatorChar, '/'), Text: File.ReadAllText(path)))
            .OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => new RecipeTemplate(file.Name, About(file.Text), file.Text)),
    ];

    static string About(string text) => string.Join(' ', text.Split('\n').TakeWhile(line => line.StartsWith('#')).Select(line => line.TrimStart('#').Trim()));
}
