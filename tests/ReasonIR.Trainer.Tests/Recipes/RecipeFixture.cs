using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Testing;
using ReasonIR.Torch;
using ReasonIR.Trainer.Tests.Running;

namespace ReasonIR.Trainer.Tests.Recipes;

/// <summary>One Trainer for all recipes, with the datasets that they name and a judged query set.</summary>
public sealed class RecipeFixture(PostgresFixture postgres) : IAsyncLifetime
{
    /// <summary>How the paper's recipe is scaled down; its other settings stay as they are in the file.</summary>
    public static readonly string[] Small =
    [
        "data.steps=3", "data.batchSize=8", "data.queryMaxTokens=60", "data.passageMaxTokens=90", "optimizer.learningRate=1e-3", "scale.gradCache.texts=3", "scale.checkpointSteps=2", "scale.threads=1",
    ];

    /// <summary>nDCG@10 during the run, of the last model.</summary>
    public static readonly string[] Evaluated = ["evaluation.steps=3", "evaluation.sets=[few]", "evaluation.keepBest=false"];

    readonly HashSet<string> registered = [];

    public TrainerHost Host { get; private set; } = null!;

    public IReadOnlyList<DocumentInput> Documents { get; } = Texts.Few(24);

    public static string Read(string name) => File.ReadAllText(Path.Combine(SharedData.Repository, "recipes", name));

    public async ValueTask InitializeAsync()
    {
        Host = await TrainerHost.StartAsync(postgres);
        var corpus = await Host.ImportAsync("few", Documents);
        await Host.JudgeAsync(corpus, Documents.Take(12));
        var examples = Texts.Examples(Documents, 3);
        foreach (var name in new[] { "public", "varied-length", "hard-queries" })
            await Host.SynthesizedAsync(corpus, name, DatasetKind.Examples, [.. examples.Select((example, i) => new Example
            {
                Query = example.Query, Instruction = i % 2 == 0 ? "find it" : null, Positives = example.Positives, Negatives = example.Negatives, Generator = "import",
            })]);
        await Host.SynthesizedAsync(corpus, "pairs", DatasetKind.Strategy, Texts.Examples(Documents));
    }

    /// <summary>The paper's recipe with another backbone: its one line changed, as a user would.</summary>
    public static string WithBase(string model)
    {
        const string Line = "  model: llama-3.1-8b ";
        var recipe = Read("reasonir.yaml");
        Assert.Single(recipe.Split('\n'), line => line.StartsWith(Line, StringComparison.Ordinal));
        return recipe.Replace(Line, $"  model: {model} ", StringComparison.Ordinal);
    }

    /// <summary>A small random model of the family, registered under its name.</summary>
    public async Task RegisterAsync(string type)
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        if (registered.Add(type))
            await RandomModels.RegisterAsync(Host, type);
    }

    /// <summary>What the command line does with a recipe and <c>--set</c>, to the end of its run.</summary>
    public async Task<(Experiments.Runs.Run Run, Experiments.Models.Model Model, TrainSpec Spec)> TrainAsync(string recipe, string name, params IEnumerable<string> set)
    {
        var (spec, problems) = TrainSpecs.Read(recipe, [$"output.name={name}", .. set]);
        Assert.Empty(problems);
        var (run, _) = await Host.TrainAsync(spec);
        return (run, await Host.ModelAsync(name), spec);
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
