using System.Diagnostics;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Models.Safetensors;
using ReasonIR.Testing;
using ReasonIR.Torch;
using ReasonIR.Trainer.Tests.Running;

namespace ReasonIR.Trainer.Tests.Workers;

/// <summary>Runs over two processes, the second of which the Trainer starts itself.</summary>
[Collection(Generator.Process)]
public sealed class WorkerTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    const int Steps = 16;

    static readonly TrainSpec One = new(
        new("one"), new([new("stored", Weight: 2), new("drawn", Weight: 1)], "weights", Steps: Steps, BatchSize: 9, Negatives: 2, QueryMaxTokens: 24, PassageMaxTokens: 40, Prompts: new("{instruction}: ", "q: ", "p: ")),
        new("llama", "bidirectional"), Optimizer: new(1e-3), Scale: new(Threads: 1, CheckpointSteps: 2), Seed: 3);

    static TrainSpec Two(string name) => One with { Output = new(name), Scale = One.Scale! with { Workers = 2 } };

    [Fact]
    public async Task Two_workers_train_what_one_would_and_survive_cancel_and_kill()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        await RandomModels.RegisterAsync(host, "llama");
        var documents = Texts.Few(30);
        var corpus = await host.ImportAsync("few", documents);
        await host.SynthesizedAsync(corpus, "stored", DatasetKind.Examples, [.. Texts.Examples(documents, 3).Select((example, i) => new Example
        {
            Query = example.Query, Instruction = i % 2 == 0 ? "find" : null, Positives = example.Positives, Negatives = example.Negatives, Generator = "import", Metadata = i % 3 == 0 ? """{"weight":0.5}""" : null,
        })]);
        await host.SynthesizedAsync(corpus, "drawn", DatasetKind.Strategy, Texts.Examples(documents, 5));

        var (one, _) = await host.TrainAsync(One);
        var (two, _) = await host.TrainAsync(Two("two"));
        var said = await host.LogAsync(two.Id);
        Assert.Contains("2 processes of 1 threads each.", said);
        Assert.Contains($"Vectors and gradients travel by a ring over sockets: rank 0 computes on the CPU ({TorchRuntime.Status.Gpu}).", said);
        // Insisted on, NCCL is refused where it cannot be had, and what is missing does not come by trying again.
        var refused = await host.RunAsync(Two("refused") with { Scale = One.Scale! with { Workers = 2, Collective = "nccl" } });
        Assert.Equal((RunState.Failed, 1), (refused.State, refused.Attempts));
        Assert.Contains($"scale.collective: nccl was asked for and cannot be had: rank 0 computes on the CPU ({TorchRuntime.Status.Gpu}).", refused.Error);
        foreach (var name in new[] { "loss", "gradient_norm" })
        {
            var (expected, found) = (await host.SeriesAsync(one.Id, name), await host.SeriesAsync(two.Id, name));
            Assert.Equal(Steps, found.Count);
            Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Value, pair.Second.Value, 1e-5 * (1 + Math.Abs(pair.First.Value))));
        }
        await SameAsync(host, "one", "two");
        Assert.Empty(Children());

        // Canceled on the way and resumed: the same bits, and meanwhile nothing runs.
        var canceled = await host.CanceledAsync(Two("canceled"), 2);
        Assert.Empty(Children());
        var resumed = await host.ResumeAsync(canceled.Id);
        Assert.Contains(await host.LogAsync(resumed.Id), line => line.StartsWith("Resumed from the checkpoint", StringComparison.Ordinal));
        Assert.Equal(await host.SeriesAsync(two.Id, "loss"), await host.SeriesAsync(resumed.Id, "loss"));
        Assert.Equal((await host.ModelAsync("two")).WeightsHash, (await host.ModelAsync(resumed.ReadOutput<TrainOutput>()!.Model)).WeightsHash);

        // The worker is killed: the run is taken up from its last checkpoint, by itself.
        var id = await KilledAsync(host);
        var run = await host.Queue.WaitAsync(id, Token);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        Assert.Equal(2, run.Attempts);
        var log = await host.LogAsync(id);
        Assert.Contains(log, line => line.Contains("A worker process of the run was lost") && line.Contains("Rank 1 ended with code 137"));
        Assert.Contains(log, line => line.StartsWith("Resumed from the checkpoint", StringComparison.Ordinal));
        Assert.Equal((await host.ModelAsync("two")).WeightsHash, (await host.ModelAsync(run.ReadOutput<TrainOutput>()!.Model)).WeightsHash);
        Assert.Empty(Children());
    }

    /// <summary>A run whose worker was killed after a checkpoint; a run that was over before is no example.</summary>
    static async Task<long> KilledAsync(TrainerHost host)
    {
        for (var i = 0; i < 20; i++)
        {
            var id = await host.EnqueueAsync(Two($"killed-{i}"));
            while (!(await host.SeriesAsync(id, "loss")).Any(point => point.Step >= 3))
                await Task.Delay(5, Token);
            if (Children() is [var worker])
            {
                worker.Kill();
                await host.Queue.WaitAsync(id, Token);
                await using var db = await host.OpenAsync();
                if (db.Runs.Single(row => row.Id == id).Attempts == 2)
                    return id;
            }
            await host.Queue.WaitAsync(id, Token);
        }
        throw new InvalidOperationException("20 runs were over before their worker could be killed.");
    }

    /// <summary>Workers that this process started and that still run.</summary>
    static List<Process> Children() =>
    [
        .. Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)).Where(folder =>
        {
            try
            {
                // "pid (name) state parent": a name may have spaces.
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                var rest = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return rest[0] != "Z" && int.Parse(rest[1]) == Environment.ProcessId && File.ReadAllText(Path.Combine(folder, "cmdline")).Split('\0').Contains("worker");
            }
            catch (IOException)
            {
                return false;
            }
        }).Select(folder => Process.GetProcessById(int.Parse(Path.GetFileName(folder)))),
    ];

    /// <summary>Rounding apart, the same weights.</summary>
    static async Task SameAsync(TrainerHost host, string one, string other)
    {
        using var first = SafetensorsFile.Open(Path.Combine(host.FolderOf(await host.ModelAsync(one)), "model.safetensors"));
        using var second = SafetensorsFile.Open(Path.Combine(host.FolderOf(await host.ModelAsync(other)), "model.safetensors"));
        Assert.Equal(first.Tensors.Keys.Order(), second.Tensors.Keys.Order());
        var squares = first.Tensors.Keys.SelectMany(name => first.ReadFloats(name).Zip(second.ReadFloats(name), (a, b) => Math.Pow((double)a - b, 2))).ToList();
        Assert.True(Math.Sqrt(squares.Average()) < 1e-5, $"{Math.Sqrt(squares.Average())}");
    }
}
