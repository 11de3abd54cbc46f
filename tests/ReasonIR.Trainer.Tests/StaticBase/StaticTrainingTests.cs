using System.Numerics.Tensors;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Models;
using ReasonIR.Testing;
using ReasonIR.Trainer.Tests.Running;

namespace ReasonIR.Trainer.Tests.StaticBase;

public sealed class StaticTrainingTests(PostgresFixture postgres)
{
    static readonly FlatSpec Small = new("small", "pairs", Dimension: 16, MaxSteps: 4, KeepStart: false);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sample_becomes_two_models_that_open_and_encode()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        var corpus = await host.ImportAsync("workshop", Texts.Workshop);
        var version = await host.SynthesizedAsync(corpus, "pairs", DatasetKind.Strategy, Texts.Examples(Texts.Workshop));
        var (run, output) = await host.TrainAsync(new FlatSpec("crafts", "pairs", Dimension: 256));

        Assert.Equal(("crafts", "crafts-start", "256", "512"), (output.Model, output.StartModel, output.Settings["dimension"], output.Settings["batchSize"]));
        Assert.InRange(output.BestStep, 1, output.Steps - 1);
        Assert.NotNull(output.HeldOut);
        Assert.InRange(output.HeldOut.Sentences, 15, 1000);
        Assert.InRange(output.HeldOut.EncoderReciprocalRank, 0.1, 1);
        Assert.InRange(output.HeldOut.Bm25ReciprocalRank, 0.1, 1);

        var loss = await host.SeriesAsync(run.Id, "loss");
        Assert.Equal(Enumerable.Range(1, output.Steps).Select(step => (long)step), loss.Select(point => point.Step));
        Assert.True(loss[^1].Value < loss[0].Value);
        foreach (var other in new[] { "gradient_norm", "learning_rate", "pairs_per_second" })
            Assert.Equal(output.Steps, (await host.SeriesAsync(run.Id, other)).Count);
        var heldOut = await host.SeriesAsync(run.Id, "held_out_loss");
        Assert.True(heldOut.Single(point => point.Step == output.BestStep).Value < heldOut[0].Value);
        Assert.Equal(0, heldOut[0].Step);
        Assert.Contains(await host.LogAsync(run.Id), line => line.StartsWith("Settings: base static, batchSize 512", StringComparison.Ordinal));

        var (model, start) = (await host.ModelAsync("crafts"), await host.ModelAsync("crafts-start"));
        Assert.Equal(("static", "static", 256, 0, "mean", (long?)run.Id), (model.Kind, model.BaseModel, model.Dimension, model.MaxTokens, model.Pooling, model.RunId));
        Assert.Equal($"models/crafts-{model.Revision[..12]}", model.Path);
        Assert.Equal(model.TokenizerHash, start.TokenizerHash);
        Assert.NotEqual(model.WeightsHash, start.WeightsHash);
        Assert.Equal(model.Revision, (await FolderHash.ComputeAsync(host.FolderOf(model), Token)).Sha256);
        using var json = JsonDocument.Parse(model.Metadata);
        Assert.Equal(output.BestStep, json.RootElement.GetProperty("training").GetProperty("bestStep").GetInt32());

        using var encoder = ModelFolder.Open(host.FolderOf(model));
        var vectors = encoder.Encode(["how sharp is a plane iron", "sharpening the iron of a plane", "the tides follow the moon"], cancellationToken: Token);
        Assert.True(Cosine(vectors, 0, 1) > Cosine(vectors, 0, 2));

        await using var db = await host.OpenAsync();
        var links = await db.RunLinks.AsNoTracking().Where(link => link.RunId == run.Id).ToListAsync(Token);
        Assert.Equal(
            [("corpus", corpus.Id, LinkDirection.Input), ("dataset", version.Id, LinkDirection.Input), ("model", start.Id, LinkDirection.Output), ("model", model.Id, LinkDirection.Output)],
            links.Select(link => (link.EntityKind, link.EntityId, link.Direction)).Order());

        static float Cosine(float[] vectors, int a, int b) => TensorPrimitives.Dot<float>(vectors.AsSpan(a * 256, 256), vectors.AsSpan(b * 256, 256));
    }

    [Theory]
    [InlineData(DatasetKind.Strategy)]
    [InlineData(DatasetKind.Examples)]
    public async Task The_hard_negatives_and_the_seed_decide_the_loss(DatasetKind kind)
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        var documents = Texts.Few();
        var corpus = await host.ImportAsync("few", documents);
        foreach (var (name, negative) in new (string, int?)[] { ("none", null), ("near", 1), ("far", 7) })
            await host.SynthesizedAsync(corpus, name, kind, Texts.Examples(documents, negative));
        var losses = new Dictionary<string, IReadOnlyList<(long, double)>>();
        foreach (var (name, spec) in new (string, FlatSpec)[]
        {
            ("none", Small with { Dataset = "none" }), ("near", Small with { Dataset = "near" }), ("far", Small with { Dataset = "far" }),
            ("again", Small with { Dataset = "near" }), ("seed", Small with { Dataset = "near", Seed = 1 }),
        })
        {
            var (run, output) = await host.TrainAsync(spec with { Model = name });
            Assert.Equal(4, output.Steps);
            losses[name] = await host.SeriesAsync(run.Id, "loss");
        }
        Assert.Equal(losses["near"], losses["again"]);
        foreach (var other in new[] { "none", "far", "seed" })
            Assert.All(losses["near"].Zip(losses[other]), pair => Assert.NotEqual(pair.First, pair.Second));
        // More to tell apart: the first loss is higher with hard negatives than without.
        Assert.True(losses["near"][0].Item2 > losses["none"][0].Item2);
    }

    [Fact]
    public async Task What_cannot_be_trained_on_is_refused()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        var documents = Texts.Few(12);
        var corpus = await host.ImportAsync("few", documents);
        await host.SynthesizedAsync(corpus, "empty", DatasetKind.Examples, []);
        await host.SynthesizedAsync(corpus, "open", DatasetKind.Strategy, Texts.Examples(documents), seal: false);
        await host.SynthesizedAsync(corpus, "pairs", DatasetKind.Strategy, Texts.Examples(documents));
        await host.TrainAsync(Small with { Model = "taken", MaxSteps = 1 });

        await FailsAsync(Small with { Dataset = "nowhere" }, "there is no dataset 'nowhere'");
        await FailsAsync(Small with { Dataset = "empty" }, "version 1 of dataset 'empty' is empty");
        await FailsAsync(Small with { Dataset = "open" }, "no version of dataset 'open' is sealed");
        await FailsAsync(Small with { Dataset = "open", DatasetVersion = 1 }, "version 1 of dataset 'open' is not sealed");
        await FailsAsync(Small with { DatasetVersion = 3 }, "has no version 3; it has 1");
        await FailsAsync(Small with { Model = "taken" }, "'taken' is there already (made by run");
        await FailsAsync(Small with { Base = "nobody" }, "'nobody'");
        await using (var db = await host.OpenAsync())
            await db.Corpora.Where(row => row.Id == corpus.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.ContentHash, "other"), Token);
        await FailsAsync(Small, "corpus 'few' has changed since version 1");

        async Task FailsAsync(FlatSpec spec, string expected)
        {
            var run = await host.RunAsync(spec);
            Assert.Equal(RunState.Failed, run.State);
            Assert.Contains(expected, run.Error);
        }
    }

    [Fact]
    public async Task The_newest_sealed_version_is_taken_and_the_limits_hold()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        var documents = Texts.Few(12);
        var corpus = await host.ImportAsync("few", documents);
        foreach (var seal in new[] { true, true, false })
            await host.SynthesizedAsync(corpus, "pairs", DatasetKind.Strategy, Texts.Examples(documents), seal);
        var (_, steps) = await host.TrainAsync(Small with { Model = "steps", MaxSteps = 3 });
        Assert.Equal(3, steps.Steps);
        var (_, start) = await host.TrainAsync(Small with { Model = "start", MaxSteps = 0 });
        Assert.Equal(0, start.Steps);
        var (run, time) = await host.TrainAsync(Small with { Model = "time", MaxSteps = null, MaxSeconds = 0 });
        Assert.Equal(0, time.Steps);
        Assert.Contains(await host.LogAsync(run.Id), line => line.Contains("pairs version 2: pairs drawn anew"));
    }
}
