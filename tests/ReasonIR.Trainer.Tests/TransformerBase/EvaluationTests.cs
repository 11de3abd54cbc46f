using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Trainer.Evaluating;
using ReasonIR.Trainer.Tests.Running;

namespace ReasonIR.Trainer.Tests.TransformerBase;

[Collection(Generator.Process)]
public sealed class EvaluationTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Titles look for their texts; one query has an exclusion.</summary>
    static async Task<Corpus> ImportAsync(TrainerHost host, int count)
    {
        var documents = Texts.Few(count);
        var corpus = await host.ImportAsync("few", documents);
        await host.JudgeAsync(corpus, documents.Take(12), documents[1].ExternalId);
        return corpus;
    }

    [Fact]
    public async Task A_run_is_evaluated_keeps_its_best_model_and_stops_when_it_no_longer_improves()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        await TinyBert.RegisterAsync(host, "tiny-bert");
        var corpus = await ImportAsync(host, 30);
        await host.SynthesizedAsync(corpus, "pairs", DatasetKind.Examples, Texts.Examples(Texts.Few(30), 2));
        var spec = new TrainSpec(
            new("best"), new([new("pairs")], Steps: 60, BatchSize: 8), new("tiny-bert"), Optimizer: new(3e-3), Scale: new(Threads: 1),
            Evaluation: new(2, [new("few")], Sample: 20, Queries: 10, Patience: 2, HardNegativeSteps: 3));
        var (run, output) = await host.TrainAsync(spec);
        var series = await host.SeriesAsync(run.Id, "ndcg_cut_10");
        Assert.Equal(0, series[0].Step);
        Assert.All(series.Zip(series.Skip(1)), pair => Assert.Equal(2, pair.Second.Step - pair.First.Step));
        Assert.All(series, point => Assert.InRange(point.Value, 0, 1));
        var best = series.MaxBy(point => point.Value);
        Assert.Equal(best.Step, output.BestStep);
        if (output.Steps < 60)
            Assert.Equal(best.Step + 4, output.Steps);
        var log = await host.LogAsync(run.Id);
        Assert.Contains("Evaluates on few/test: 10 queries, 20 of 30 documents.", log);
        Assert.Contains(log, line => line.StartsWith("Step 3, ") && line.Contains("finds pairs/"));
        if (best.Step < output.Steps)
            Assert.Contains(log, line => line.Contains($"The result is the model of step {best.Step}"));
    }

    [Fact]
    public async Task A_sample_holds_every_judged_document_and_is_the_same_each_time()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        await ImportAsync(host, 40);
        var reader = host.Services.GetRequiredService<SampleReader>();
        var sample = Assert.Single(await reader.ReadAsync(new(1, [new("few", "test")], Sample: 20, Queries: 8), 5, Token));
        Assert.Equal((8, 20, 40), (sample.QueryIds.Count, sample.Documents.Count, sample.CorpusSize));
        Assert.All(sample.QueryIds, query => Assert.Contains(sample.Judgments[query].Keys.Single(), sample.DocumentIds));
        var again = Assert.Single(await reader.ReadAsync(new(1, [new("few")], Sample: 20, Queries: 8), 5, Token));
        Assert.Equal(sample.DocumentIds, again.DocumentIds);
        Assert.Equal(sample.QueryIds, again.QueryIds);
        Assert.NotEqual(sample.DocumentIds, Assert.Single(await reader.ReadAsync(new(1, [new("few")], Sample: 20, Queries: 8), 6, Token)).DocumentIds);
        // Fewer than are judged are not searched: a judged document that is absent could not be found.
        Assert.Equal(8, Assert.Single(await reader.ReadAsync(new(1, [new("few")], Sample: 3, Queries: 8), 5, Token)).Documents.Count);
        Assert.Contains("evaluation.sets[0].corpus", (await Assert.ThrowsAsync<ArgumentException>(() => reader.ReadAsync(new(1, [new("none")]), 5, Token))).Message);
        Assert.Contains("expected one of test", (await Assert.ThrowsAsync<ArgumentException>(() => reader.ReadAsync(new(1, [new("few", "train")]), 5, Token))).Message);
    }
}
