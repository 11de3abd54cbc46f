using System.Numerics.Tensors;
using ReasonIR.Experiments.Models;
using ReasonIR.Models;
using ReasonIR.Models.Transformers;
using ReasonIR.Testing;
using ReasonIR.Trainer.Tests.Running;

namespace ReasonIR.Trainer.Tests.Recipes;

/// <summary>The shipped recipes as a user runs them, scaled down: file, one line changed, validation, training, a folder that is served.</summary>
[Collection(Generator.Process)]
public sealed class RecipeTests(RecipeFixture recipes) : IClassFixture<RecipeFixture>
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Every family that can be loaded: one that is added to the list is trained here, or this fails.</summary>
    public static TheoryData<string> Families => [.. Architectures.Types];

    public static TheoryData<string> Shipped => [.. Directory.GetFiles(Path.Combine(SharedData.Repository, "recipes", "small")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Decoders => [.. RandomModels.Decoders];

    [Theory]
    [MemberData(nameof(Families))]
    public async Task The_papers_recipe_trains_every_family_and_its_folder_ranks_as_the_run_did(string type)
    {
        await recipes.RegisterAsync(type);
        var (run, model, _) = await recipes.TrainAsync(RecipeFixture.WithBase(type), $"{type}-tuned", [.. RecipeFixture.Small, .. RecipeFixture.Evaluated, "scale.precision=f32"]);
        await CheckAsync(run.Id, model, type);
        // What is served is what was measured: weights, attention, pooling, prompts. Kernels of other batches may exchange what is nearly equal.
        var series = await recipes.Host.SeriesAsync(run.Id, "ndcg_cut_10");
        Assert.Equal((3, 2), (series[^1].Step, series.Count));
        Assert.Equal(series[^1].Value, Rank(recipes.Host.FolderOf(model)), 0.01);
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public async Task With_adapters_it_trains_every_decoder_in_bf16(string type)
    {
        await recipes.RegisterAsync(type);
        var (run, model, spec) = await recipes.TrainAsync(RecipeFixture.WithBase(type), $"{type}-adapted", [.. RecipeFixture.Small, "scale.lora.rank=4"]);
        Assert.Equal("pureBf16", spec.Scale!.Precision);
        await CheckAsync(run.Id, model, type);
        Assert.True(File.Exists(Path.Combine(recipes.Host.FolderOf(model), "adapter", "adapter_config.json")));
    }

    [Fact]
    public async Task The_papers_recipe_as_it_stands_but_for_its_size()
    {
        await recipes.RegisterAsync("llama");
        var (run, model, spec) = await recipes.TrainAsync(RecipeFixture.WithBase("llama"), "llama-bf16", RecipeFixture.Small);
        Assert.Equal(("pureBf16", true), (spec.Scale!.Precision, spec.Scale.Checkpointing));
        await CheckAsync(run.Id, model, "llama");
    }

    [Fact]
    public async Task It_trains_a_static_encoder_on_one_of_its_datasets()
    {
        var (run, model, _) = await recipes.TrainAsync(RecipeFixture.WithBase("static"), "word-rows", [.. RecipeFixture.Small, "data.sources=[public]"]);
        var losses = await recipes.Host.SeriesAsync(run.Id, "loss");
        Assert.Equal(3, losses.Count);
        Assert.All(losses, point => Assert.True(double.IsFinite(point.Value)));
        Assert.Contains(await recipes.Host.LogAsync(run.Id), line => line.StartsWith("A static base does not use: ", StringComparison.Ordinal) && line.Contains("base.attention") && line.Contains("data.prompts.query"));
        using var encoder = ModelFolder.Open(recipes.Host.FolderOf(model));
        Assert.All(encoder.Encode(["a plane iron"], cancellationToken: Token), value => Assert.True(float.IsFinite(value)));
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public async Task A_small_recipe_trains_as_it_stands(string name)
    {
        await recipes.RegisterAsync("llama");
        var (run, model, spec) = await recipes.TrainAsync(RecipeFixture.Read($"small/{name}"), $"small-{Path.GetFileNameWithoutExtension(name)}", ["data.batchSize=8", "data.steps=2", "scale.threads=1"]);
        await CheckAsync(run.Id, model, spec.From.Model == "tiny" ? "llama" : spec.From.Model, 2);
    }

    async Task CheckAsync(long run, Model model, string type, int steps = 3)
    {
        Assert.Equal(type, model.Kind);
        foreach (var name in new[] { "loss", "gradient_norm" })
        {
            var series = await recipes.Host.SeriesAsync(run, name);
            Assert.Equal(Enumerable.Range(1, steps).Select(step => (long)step), series.Select(point => point.Step));
            Assert.All(series, point => Assert.True(double.IsFinite(point.Value) && point.Value > 0, $"{name} {point}"));
        }
        using var trained = ModelFolder.Open(recipes.Host.FolderOf(model));
        if (model.BaseModel == type)
        {
            // As the recipe's file has them, and found by their names afterwards.
            Assert.Equal("<|user|>\n{instruction}\n<|embed|>\n", trained.Prompts["query"]);
            Assert.Equal(trained.Encode(["iron"], new(Prompt: "<|user|>\nfind\n<|embed|>\n"), Token), trained.Encode(["iron"], new(PromptName: "query", Instruction: "find"), Token));
            Assert.Equal(trained.Encode(["iron"], new(Prompt: "<|embed|>\n"), Token), trained.Encode(["iron"], new(PromptName: "query"), Token));
            Assert.Equal("<|embed|>\n", trained.Prompts["document"]);
        }
        var vectors = trained.Encode(["a plane iron", "the tides follow the moon"], cancellationToken: Token);
        Assert.All(vectors, value => Assert.True(float.IsFinite(value)));
        Assert.NotEqual(vectors[..trained.Dimension], vectors[trained.Dimension..]);
        if (model.BaseModel == type)
        {
            // Something was learned: the base encodes otherwise.
            var start = await recipes.Host.ModelAsync(type);
            Assert.NotEqual(start.Revision, model.Revision);
            using var other = ModelFolder.Open(recipes.Host.FolderOf(start));
            Assert.NotEqual(other.Encode(["a plane iron"], cancellationToken: Token), trained.Encode(["a plane iron"], new(Prompt: ""), Token));
        }
    }

    /// <summary>nDCG@10 of the folder as it is served: the first twelve titles look for their documents among all.</summary>
    double Rank(string folder)
    {
        using var encoder = ModelFolder.Open(folder);
        var width = encoder.Dimension;
        var queries = encoder.Encode([.. recipes.Documents.Take(12).Select(document => document.Title)], new(PromptName: "query", MaxTokens: 60), Token);
        var documents = encoder.Encode([.. recipes.Documents.Select(document => $"{document.Title} {document.Text}")], new(PromptName: "document", MaxTokens: 90), Token);
        return Enumerable.Range(0, 12).Average(i =>
        {
            var scores = Enumerable.Range(0, recipes.Documents.Count).Select(j => TensorPrimitives.CosineSimilarity<float>(queries.AsSpan(i * width, width), documents.AsSpan(j * width, width))).ToList();
            var rank = scores.Count(score => score > scores[i]);
            return rank < 10 ? 1 / Math.Log2(rank + 2) : 0;
        });
    }
}
