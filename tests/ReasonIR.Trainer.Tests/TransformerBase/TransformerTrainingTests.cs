using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Models;
using ReasonIR.Testing;
using ReasonIR.Trainer.Tests.Running;

namespace ReasonIR.Trainer.Tests.TransformerBase;

[Collection(Generator.Process)]
public sealed class TransformerTrainingTests(PostgresFixture postgres)
{
    static readonly FlatSpec Spec = new("tuned", "pairs", Base: "tiny-bert", BatchSize: 8, LearningRate: 1e-3, Seed: 5);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_strategy_fine_tunes_a_bert_for_as_many_steps_as_its_documents_give()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        var start = await TinyBert.RegisterAsync(host, "tiny-bert");
        var documents = Texts.Few(20);
        var corpus = await host.ImportAsync("few", documents);
        // Two copies of a text give one pair.
        corpus = await host.AddAsync(corpus, documents[0] with { ExternalId = "copy" });
        await host.SynthesizedAsync(corpus, "pairs", DatasetKind.Strategy, Texts.Examples(documents, negative: 3));
        var (run, output) = await host.TrainAsync(Spec with { Epochs = 2 });

        Assert.Equal((6, 6, null, null), (output.Steps, output.BestStep, output.StartModel, output.HeldOut));
        Assert.Equal(("linear", "0.1", "0", "1", "8"),
            (output.Settings["schedule"], output.Settings["warmupRatio"], output.Settings["weightDecay"], output.Settings["maxGradientNorm"], output.Settings["batchSize"]));
        foreach (var series in new[] { "loss", "gradient_norm", "learning_rate", "pairs_per_second", "step_seconds", "wait_seconds" })
            Assert.Equal(6, (await host.SeriesAsync(run.Id, series)).Count);

        var model = await host.ModelAsync("tuned");
        Assert.Equal(("bert", "tiny-bert", 32, 48, "mean"), (model.Kind, model.BaseModel, model.Dimension, model.MaxTokens, model.Pooling));
        Assert.NotEqual(start.Revision, model.Revision);
        using var encoder = ModelFolder.Open(host.FolderOf(model));
        Assert.All(encoder.Encode(["a plane iron"], cancellationToken: Token), value => Assert.True(float.IsFinite(value)));
        var card = await File.ReadAllTextAsync(Path.Combine(host.FolderOf(model), "README.md"), Token);
        foreach (var part in new[] { "license: \"unknown\"\n", "\n# tuned\n", "| pairs | 1 |", "| batchSize | 8 |", "| base | tiny-bert |", "## Recipe\n\n```yaml\n" })
            Assert.Contains(part, card);
        await using var db = await host.OpenAsync();
        Assert.Contains(await db.RunLinks.AsNoTracking().Where(link => link.RunId == run.Id).ToListAsync(Token),
            link => (link.EntityKind, link.EntityId, link.Direction, link.Name) == ("model", start.Id, LinkDirection.Input, "base"));
    }

    [Theory]
    [InlineData(DatasetKind.Strategy)]
    [InlineData(DatasetKind.Examples)]
    public async Task The_hard_negatives_and_the_seed_decide_the_loss(DatasetKind kind)
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        await TinyBert.RegisterAsync(host, "tiny-bert");
        var documents = Texts.Few(16);
        var corpus = await host.ImportAsync("few", documents);
        foreach (var (name, negative) in new (string, int?)[] { ("none", null), ("near", 1), ("far", 7) })
            await host.SynthesizedAsync(corpus, name, kind, Texts.Examples(documents, negative));
        var losses = new Dictionary<string, IReadOnlyList<(long, double)>>();
        foreach (var (name, dataset, seed) in new[] { ("none", "none", 0), ("near", "near", 0), ("far", "far", 0), ("again", "near", 0), ("seed", "near", 1) })
            losses[name] = await host.SeriesAsync((await host.TrainAsync((Spec with { Model = name, Dataset = dataset, Seed = seed }).OnOneThread())).Run.Id, "loss");
        Assert.Equal(losses["near"], losses["again"]);
        foreach (var other in new[] { "none", "far", "seed" })
            Assert.All(losses["near"].Zip(losses[other]), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    [Fact]
    public async Task A_canceled_run_resumes_to_the_model_of_an_undisturbed_one()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        await TinyBert.RegisterAsync(host, "tiny-bert");
        var documents = Texts.Few(16);
        var corpus = await host.ImportAsync("few", documents);
        await host.SynthesizedAsync(corpus, "pairs", DatasetKind.Strategy, Texts.Examples(documents, negative: 3));
        var spec = Spec with { Epochs = 1000, MaxSteps = 24 };
        await host.TrainAsync((spec with { Model = "whole" }).OnOneThread());
        var run = await host.ResumeAsync((await host.CanceledAsync(spec.OnOneThread(), 2)).Id);
        Assert.Contains(await host.LogAsync(run.Id), line => line.StartsWith("Resumed from the checkpoint", StringComparison.Ordinal));
        Assert.Equal((await host.ModelAsync("whole")).WeightsHash, (await host.ModelAsync(run.ReadOutput<TrainOutput>()!.Model)).WeightsHash);
    }

    [Fact]
    public async Task A_downloaded_sentence_model_is_fine_tuned_with_the_usual_settings()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        await TinyBert.RegisterAsync(host, "tiny-bert", SharedData.Require("models/all-MiniLM-L6-v2"));
        var documents = Texts.Few(12);
        var corpus = await host.ImportAsync("few", documents);
        await host.SynthesizedAsync(corpus, "pairs", DatasetKind.Examples, Texts.Examples(documents));
        var (run, output) = await host.TrainAsync(new FlatSpec("tuned", "pairs", Base: "tiny-bert", MaxSteps: 1));
        Assert.Equal((1, "32", "2E-05", "0.05"), (output.Steps, output.Settings["batchSize"], output.Settings["learningRate"], output.Settings["temperature"]));
        // Titles find their texts among twelve from the start; by chance the loss would be 2.5.
        Assert.InRange(Assert.Single(await host.SeriesAsync(run.Id, "loss")).Value, 0, 1);
        var model = await host.ModelAsync("tuned");
        Assert.Equal((384, 256), (model.Dimension, model.MaxTokens));
    }

    [Fact]
    public async Task Limits_hold_and_what_cannot_be_is_refused()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        await TinyBert.RegisterAsync(host, "tiny-bert");
        var documents = Texts.Few(16);
        var corpus = await host.ImportAsync("few", documents);
        await host.SynthesizedAsync(corpus, "pairs", DatasetKind.Examples, Texts.Examples(documents));
        Assert.Equal(1, (await host.TrainAsync(Spec with { Model = "steps", MaxSteps = 1 })).Output.Steps);
        Assert.Equal(0, (await host.TrainAsync(Spec with { Model = "time", MaxSeconds = 0 })).Output.Steps);
        await host.TrainAsync(new FlatSpec("static-one", "pairs", Dimension: 8, MaxSteps: 0, KeepStart: false));
        await FailsAsync(Spec with { MaxSteps = 0 }, "data.steps: expected 1 or more");
        await FailsAsync(Spec with { Base = "static-one" }, "'static-one' is a static encoder");

        async Task FailsAsync(FlatSpec spec, string expected)
        {
            var run = await host.RunAsync(spec);
            Assert.Equal(RunState.Failed, run.State);
            Assert.Contains(expected, run.Error);
        }
    }
}
