using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using ReasonIR.Torch;
using ReasonIR.Torch.Binding;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Distributed;
using TorchSharp;

// One process of a data-parallel run over examples in a file. Prints the losses of its steps (rank 0 alone does), a line each.
var job = JsonSerializer.Deserialize<Job>(File.ReadAllText(args[0]))!;
using var stop = new CancellationTokenSource();
try
{
    var options = SocketGroupOptions.FromEnvironment()!;
    using var processes = job.Nccl is { } nccl ? StandIn(options, nccl) : SocketProcessGroup.Open(options);
    var log = new Lines(job, processes.Rank, stop);
    await ContrastiveTrainer.TrainAsync(job.Spec, new Data(job, processes.Rank), log, job.Checkpoints, job.Output, stop.Token, processes: processes);
    return 0;
}
catch (Exception error)
{
    Console.Error.WriteLine($"{error.GetType().Name}: {error.Message}");
    return error is OperationCanceledException ? 3 : 1;
}

static IProcessGroup StandIn(SocketGroupOptions options, string file)
{
    var handle = NativeLibrary.Load(file);
    return NcclProcessGroup.Join((SocketProcessGroup)SocketProcessGroup.Open(options), NcclLibrary.Open(handle, CudaRuntime.In(handle)!, file).Library!, options.Rank, DeviceType.CPU);
}

/// <param name="CancelAfter">Rank 0 cancels the run after so many steps; null: it does not.</param>
/// <param name="DieAt">Rank 1 ends without a word when it reads this batch, from 1; null: it does not.</param>
/// <param name="Nccl">The file of the stand-in for NCCL, which then takes the tensors of the CPU; null: they go around the ring.</param>
sealed record Job(ContrastiveTrainingSpec Spec, IReadOnlyList<TrainingExample> Examples, string Checkpoints, string Output, int? CancelAfter = null, int? DieAt = null, string? Nccl = null);

sealed class Lines(Job job, int rank, CancellationTokenSource stop) : ITrainingLog
{
    public void Report(TrainingStep step)
    {
        Console.WriteLine(FormattableString.Invariant($"{step.Step} {step.Loss:R} {step.GradientNorm:R}"));
        if (step.Step == job.CancelAfter)
            stop.Cancel();
    }

    public void Message(string text) => Console.Error.WriteLine($"rank {rank}: {text}");
}

sealed class Data(Job job, int rank) : ITrainingData
{
    int read;

    public int Count => job.Examples.Count;

    public string Fingerprint => "examples";

    public Task<IReadOnlyList<TrainingExample>> ReadAsync(IReadOnlyList<int> numbers, int draw, CancellationToken cancellationToken)
    {
        if (rank == 1 && ++read == job.DieAt)
            Process.GetCurrentProcess().Kill();
        return Task.FromResult<IReadOnlyList<TrainingExample>>([.. numbers.Select(n => job.Examples[n])]);
    }
}
