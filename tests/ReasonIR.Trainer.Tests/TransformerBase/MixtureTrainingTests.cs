using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Trainer.Tests.Running;

namespace ReasonIR.Trainer.Tests.TransformerBase;

[Collection(Generator.Process)]
public sealed class MixtureTrainingTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    static readonly TrainSpec Spec = new(
        new("tuned"), new([new("stored", Weight: 2), new("drawn", Weight: 1)], "weights", Steps: 14, BatchSize: 6, QueryMaxTokens: 24, PassageMaxTokens: 40, Prompts: new("{instruction}: ", "", "p: ")),
        new("tiny-bert"), Optimizer: new(1e-3), Scale: new(Threads: 1, CheckpointSteps: 3), Seed: 3);

    static async Task<TrainerHost> StartAsync(PostgresFixture postgres, bool work = true)
    {
        var host = await TrainerHost.StartAsync(postgres, work);
        await TinyBert.RegisterAsync(host, "tiny-bert");
        var documents = Texts.Few(30);
        var corpus = await host.ImportAsync("few", documents);
        await host.SynthesizedAsync(corpus, "stored", DatasetKind.Examples, [.. Texts.Examples(documents, 3).Select((example, i) => new Example
        {
            Query = example.Query, Instruction = i % 2 == 0 ? "find" : null, Positives = [.. example.Positives.Select(p => p with { Score = 2 })],
            Negatives = [.. example.Negatives.Select(p => p with { Score = 1 })], Generator = "import", Metadata = i % 3 == 0 ? """{"weight":0.5,"reasoned":"because of a reason"}""" : null,
        })]);
        await host.SynthesizedAsync(corpus, "drawn", DatasetKind.Strategy, Texts.Examples(documents, 5));
        return host;
    }

    [Fact]
    public async Task A_mixture_of_stored_and_drawn_pairs_resumes_to_the_same_bits_and_tokenizes_once()
    {
        await using var host = await StartAsync(postgres);
        var (whole, _) = await host.TrainAsync(Spec with { Output = new("whole") });
        Assert.Contains(await host.LogAsync(whole.Id), line => line.Contains("tokenized now"));
        // Another run of the same data, interrupted twice: stopped at a step, taken up from its checkpoint.
        var id = (await host.CanceledAsync(Spec, 2)).Id;
        await host.Queue.ResumeAsync(id, Token);
        if (await host.CancelAsync(id, 7))
            await host.Queue.ResumeAsync(id, Token);
        var run = await host.Queue.WaitAsync(id, Token);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        var log = await host.LogAsync(id);
        Assert.Contains(log, line => line.Contains("tokenized by an earlier run"));
        Assert.Contains(log, line => line.StartsWith("Resumed from the checkpoint", StringComparison.Ordinal));
        Assert.Equal((await host.ModelAsync("whole")).WeightsHash, (await host.ModelAsync(run.ReadOutput<TrainOutput>()!.Model)).WeightsHash);
        Assert.Equal(await host.SeriesAsync(whole.Id, "loss"), await host.SeriesAsync(id, "loss"));
    }

    [Fact]
    public async Task Settings_of_a_recipe_reach_the_loss()
    {
        await using var host = await StartAsync(postgres);
        var only = Spec with { Data = Spec.Data with { Sources = [new("stored")], Sampling = null, Steps = 2 } };
        var losses = new List<double>();
        foreach (var (i, spec) in new[]
        {
            only,
            only with { Data = only.Data with { Negatives = 0 } },
            only with { Loss = new(0.5) },
            only with { Loss = new(Directions: ["queryToDocument", "documentToQuery"]) },
            only with { Loss = new(ExampleWeights: false) },
            only with { Loss = new(Distillation: new("marginMse")) },
            only with { Loss = new(Reasoning: new()) },
            only with { Loss = new(Matryoshka: [new(16), new(8)]) },
            only with { Data = only.Data with { Prompts = new("other {instruction}: ", "bare: ") } },
            only with { Data = only.Data with { Sources = [new("stored", Instruction: "help")] } },
            only with { Data = only.Data with { PassageMaxTokens = 12 } },
        }.Index())
            losses.Add((await host.SeriesAsync((await host.TrainAsync(spec with { Output = new($"m{i}") })).Run.Id, "loss"))[0].Value);
        Assert.Equal(losses.Count, losses.Distinct().Count());
        // Checkpointing changes nothing but memory, GradCache beside it the order in which dropout is drawn.
        foreach (var (name, scale, near) in new (string, ScaleSection, double)[] { ("checkpoints", new(Checkpointing: true, Threads: 1), 1e-4), ("chunks", new(new(3), Threads: 1), 0.1) })
            Assert.Equal(losses[0], (await host.SeriesAsync((await host.TrainAsync(only with { Output = new(name), Scale = scale })).Run.Id, "loss"))[0].Value, near);
    }

    [Fact]
    public async Task Data_that_a_recipe_asks_too_much_of_are_refused()
    {
        await using var host = await StartAsync(postgres);
        await FailsAsync(Spec with { Loss = new(Distillation: new()) }, "the pairs of 'drawn' are drawn anew each step and have no teacher's scores");
        var only = Spec with { Data = Spec.Data with { Sources = [new("drawn")], Sampling = null } };
        await FailsAsync(only with { Data = only.Data with { PassageMaxTokens = 4, Sources = [new("stored")] } }, "leaves none of 4");
        await FailsAsync(only with { Data = only.Data with { Sources = [new("stored", 9)] } }, "data.sources[0].version: dataset 'stored' has no version 9");
        await FailsAsync(only with { Base = new("static"), Data = Spec.Data with { QueryMaxTokens = null } }, "a static encoder is trained on one dataset and its corpus, found 2");

        async Task FailsAsync(TrainSpec spec, string expected)
        {
            var run = await host.RunAsync(spec);
            Assert.Equal(RunState.Failed, run.State);
            Assert.Contains(expected, run.Error);
        }
    }
}
