using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Distributed;
using ReasonIR.Training.Losses;
using ReasonIR.Training.Tests.Contrastive;
using ReasonIR.Training.Tests.Distributed.Nccl;
using Xunit;

namespace ReasonIR.Training.Tests.Distributed;

/// <summary>Runs of two real processes beside the same run of one.</summary>
public sealed class DataParallelTests
{
    static readonly string Program = AppContext.BaseDirectory.TrimEnd('/').Replace("ReasonIR.Training.Tests", "ReasonIR.Training.TestWorker", StringComparison.Ordinal) + "/ReasonIR.Training.TestWorker.dll";

    [Theory]
    [InlineData("ring", "bert", "hard negatives, an uneven last batch")]
    [InlineData("ring", "llama", "chunks and parts, both directions, cut vectors, guards")]
    [InlineData("ring", "llama", "adapters")]
    [InlineData("nccl", "bert", "hard negatives, an uneven last batch")]
    [InlineData("nccl", "llama", "chunks and parts, both directions, cut vectors, guards")]
    public async Task Two_processes_are_equal_to_one_with_the_same_batches(string collective, string type, string variant)
    {
        using var tiny = new TinyModel(type, dropout: 0);
        var spec = tiny.Spec() with { BatchSize = 7 };
        spec = variant switch
        {
            "adapters" => spec with { Lora = new(Rank: 2), LearningRate = 1e-2 },
            "hard negatives, an uneven last batch" => spec,
            _ => spec with
            {
                Scale = new(ChunkTexts: 3, AccumulationSteps: 2),
                Loss = new(Directions: Directions.QueryToDocument | Directions.DocumentToQuery, ScoreGuard: new(0.05), IdGuard: true, Matryoshka: [new(32), new(8, 0.5)]),
            },
        };
        var one = await tiny.Train("one", spec);
        var two = await Run(collective, tiny, "two", spec);
        Assert.Equal(0, two.Code);
        Assert.Equal(one.Steps.Count, two.Steps.Count);
        foreach (var (a, b) in one.Steps.Zip(two.Steps))
        {
            Assert.Equal(a.Loss, b.Loss, 1e-5 * (1 + a.Loss));
            Assert.Equal(a.GradientNorm, b.Norm, 1e-4 * a.GradientNorm);
        }
        using var first = SafetensorsFile.Open(Path.Combine(tiny.At("one"), "model.safetensors"));
        using var second = SafetensorsFile.Open(Path.Combine(tiny.At("two"), "model.safetensors"));
        Assert.Equal(first.Tensors.Keys.Order(), second.Tensors.Keys.Order());
        // Adam divides noise by noise where a gradient is nearly 0 (the keys' biases): by root mean square, as the stored runs are compared.
        var squares = first.Tensors.Keys.Where(name => !name.EndsWith("key.bias", StringComparison.Ordinal))
            .SelectMany(name => first.ReadFloats(name).Zip(second.ReadFloats(name), (a, b) => Math.Pow((double)a - b, 2))).ToList();
        Assert.True(Math.Sqrt(squares.Average()) < 1e-5, $"{Math.Sqrt(squares.Average())}");
    }

    [Theory]
    [InlineData("ring")]
    [InlineData("nccl")]
    public async Task A_canceled_run_of_two_goes_on_as_if_it_had_not_been(string collective)
    {
        using var tiny = new TinyModel();
        var spec = tiny.Spec() with { Scale = new(ChunkTexts: 2) };
        var whole = await Run(collective, tiny, "whole", spec);
        var part = await Run(collective, tiny, "resumed", spec, checkpoints: "shared", cancelAfter: 3);
        Assert.Equal(3, part.Code);
        Assert.Equal(3, part.Steps.Count);
        var rest = await Run(collective, tiny, "resumed", spec, checkpoints: "shared");
        Assert.Equal(0, rest.Code);
        Assert.Equal(whole.Steps[3..], rest.Steps);
        Assert.Equal(tiny.Weights("whole"), tiny.Weights("resumed"));
    }

    [Theory]
    [InlineData("ring")]
    [InlineData("nccl")]
    public async Task A_process_that_dies_ends_the_run_with_a_clear_error_and_the_checkpoint_stays(string collective)
    {
        using var tiny = new TinyModel();
        var clock = Stopwatch.StartNew();
        var run = await Run(collective, tiny, "out", tiny.Spec(50) with { CheckpointSteps = 2 }, dieAt: 8);
        Assert.Equal(1, run.Code);
        Assert.Contains("WorkerLostException: ", run.Error);
        Assert.Contains("Rank 1", run.Error);
        Assert.False(Directory.Exists(tiny.At("out")));
        Assert.NotNull(Checkpoint.Latest(tiny.At("out-checkpoints")));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{clock.Elapsed}");
    }

    sealed record Outcome(int Code, List<(int Step, double Loss, double Norm)> Steps, string Error);

    /// <summary>Both ranks as processes of their own.</summary>
    static async Task<Outcome> Run(string collective, TinyModel tiny, string name, ContrastiveTrainingSpec spec, string? checkpoints = null, int? cancelAfter = null, int? dieAt = null)
    {
        var data = TinyModel.Data();
        var job = Path.Combine(tiny.Root, $"{name}.json");
        await File.WriteAllTextAsync(job, JsonSerializer.Serialize(new
        {
            Spec = spec, Examples = await data.ReadAsync([.. Enumerable.Range(0, data.Count)], 0, default), Checkpoints = tiny.At(checkpoints ?? name + "-checkpoints"), Output = tiny.At(name),
            CancelAfter = cancelAfter, DieAt = dieAt, Nccl = collective == "nccl" ? NcclStandIn.File : null,
        }), TestContext.Current.CancellationToken);
        var options = WorkerProcesses.OnThisMachine(2, TimeSpan.FromSeconds(60));
        using var workers = WorkerProcesses.Start(options, [0, 1], _ => new("dotnet", [Program, job]) { RedirectStandardOutput = true });
        var processes = workers.Processes.Select(p => p.Process).ToList();
        var output = await Task.WhenAll(processes.Select(p => p.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)));
        await Task.WhenAll(processes.Select(p => p.WaitForExitAsync(TestContext.Current.CancellationToken)));
        Assert.Empty(output[1]);
        var steps = output[0].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .Select(f => (int.Parse(f[0], CultureInfo.InvariantCulture), double.Parse(f[1], CultureInfo.InvariantCulture), double.Parse(f[2], CultureInfo.InvariantCulture))).ToList();
        return new(processes[0].ExitCode, steps, workers.ErrorsOf(0));
    }
}
