using System.Runtime.InteropServices;
using System.Text.Json;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Distributed;

namespace ReasonIR.Trainer.Workers;

/// <summary>What a worker process of a run does, beside what its environment tells it (<see cref="SocketGroupOptions.FromEnvironment"/>).</summary>
/// <param name="Spec">The run's.</param>
/// <param name="StepsPerEpoch">Of the data.</param>
/// <param name="Fingerprint">Of the data.</param>
/// <param name="Checkpoints">The run's folder; the first process alone writes there.</param>
/// <param name="Output">As <paramref name="Checkpoints"/>.</param>
/// <param name="Collective">How tensors travel between the processes.</param>
public sealed record WorkerJob(ContrastiveTrainingSpec Spec, int StepsPerEpoch, string Fingerprint, string Checkpoints, string Output, Collective Collective = Collective.Auto);

/// <summary>The Trainer's executable as one worker process of a run: no web server, no database; batches come on standard input.</summary>
public static class WorkerProgram
{
    /// <summary>The first argument that asks for it.</summary>
    public const string Verb = "worker";

    /// <summary>Exit code where the process that started this one is gone.</summary>
    const int Orphaned = 4;

    /// <param name="path">The <see cref="WorkerJob"/> as JSON.</param>
    /// <returns>The exit code; what went wrong is told on standard error.</returns>
    public static async Task<int> RunAsync(string path)
    {
        // Ctrl-C in a terminal reaches every process: the first one decides what becomes of the run, and its end is this one's.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = true);
        try
        {
            var job = JsonSerializer.Deserialize<WorkerJob>(await File.ReadAllBytesAsync(path)) ?? throw new InvalidDataException($"{path}: a job was expected.");
            var batches = new ReceivedBatches(Console.OpenStandardInput(), job.StepsPerEpoch, job.Fingerprint, () => Environment.Exit(Orphaned));
            var options = SocketGroupOptions.FromEnvironment() ?? throw new ArgumentException("This verb is for processes that a training run starts.");
            using var group = ProcessGroups.Open(options, job.Collective, BaseModel.Place(job.Spec, options.Rank));
            await ContrastiveTrainer.TrainAsync(job.Spec, _ => batches, new NothingToTell(), job.Checkpoints, job.Output, processes: group);
            return 0;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        catch (Exception error)
        {
            await Console.Error.WriteLineAsync($"{error.GetType().Name}: {error.Message}");
            return 1;
        }
    }

    /// <summary>The first process tells.</summary>
    sealed class NothingToTell : ITrainingLog
    {
        public void Report(TrainingStep step)
        {
        }

        public void Message(string text)
        {
        }
    }
}
