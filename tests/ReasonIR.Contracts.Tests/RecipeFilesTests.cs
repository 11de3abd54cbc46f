using ReasonIR.Contracts.Runs;
using Xunit;

namespace ReasonIR.Contracts.Tests;

/// <summary>The recipes that lie in the repository.</summary>
public sealed class RecipeFilesTests
{
    static string Folder { get; } = Path.Combine(Root(), "recipes");

    /// <summary>Those of training: all but the folder of synthesis.</summary>
    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Folder, path)).Where(file => Path.GetDirectoryName(file) != "synthesis").Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_recipe_can_run_and_is_the_same_once_written_and_read(string file)
    {
        var (spec, problems) = TrainSpecs.Read(File.ReadAllText(Path.Combine(Folder, file)));
        Assert.Empty(problems);

        var (again, others) = TrainSpecs.Read(TrainSpecs.ToYaml(spec));
        Assert.Empty(others);
        Assert.Equal(TrainSpecs.ToYaml(spec), TrainSpecs.ToYaml(again));
    }

    [Fact]
    public void The_papers_settings_are_those_of_the_paper()
    {
        var spec = TrainSpecs.Read(File.ReadAllText(Path.Combine(Folder, "reasonir.yaml"))).Spec;
        Assert.Equal((0.02, 2e-5, 0.06), (spec.Loss!.Temperature, spec.Optimizer!.LearningRate, spec.Schedule!.Warmup));
        Assert.Equal((1000, 2048, 1, 2048, 2048), (spec.Data.Steps, spec.Data.BatchSize, spec.Data.Negatives, spec.Data.QueryMaxTokens, spec.Data.PassageMaxTokens));
        Assert.Equal(("bidirectional", "mean", false), (spec.From.Attention, spec.From.Pooling, spec.From.PoolPrompt));
    }

    [Fact]
    public void Another_backbone_is_one_field()
    {
        var text = File.ReadAllText(Path.Combine(Folder, "reasonir.yaml"));
        var (spec, problems) = TrainSpecs.Read(text, ["base.model=qwen3-8b"]);
        Assert.Empty(problems);
        Assert.Equal("qwen3-8b", spec.From.Model);
    }

    internal static string Root()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "ReasonIR.sln")))
            at = Path.GetDirectoryName(at) ?? throw new DirectoryNotFoundException("The repository was not found above the test.");
        return at;
    }
}
