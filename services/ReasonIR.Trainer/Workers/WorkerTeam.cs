using System.Diagnostics;
using System.Text.Json;
using ReasonIR.Experiments.Runs;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Distributed;

namespace ReasonIR.Trainer.Workers;

/// <summary>The processes of a data-parallel run: this one is the first, reads the data, tells, and writes; the others end with it.</summary>
public sealed class WorkerTeam : IDisposable
{
    /// <summary>How long the others wait for one: longer than an evaluation takes. A process that ends is noticed at once.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromHours(2);

    /// <summary>A process that was lost needs a moment to have ended.</summary>
    static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    readonly WorkerProcesses processes;

    WorkerTeam(WorkerProcesses processes, IProcessGroup group, IBatchSource batches) => (this.processes, Group, Batches) = (processes, group, batches);

    /// <summary>For the trainer.</summary>
    public IProcessGroup Group { get; }

    /// <summary>The data, shared with the others.</summary>
    public IBatchSource Batches { get; }

    /// <summary>Starts the others and waits until all have met.</summary>
    /// <param name="count">Processes, this one included.</param>
    /// <param name="folder">For what they are told.</param>
    /// <exception cref="ArgumentException">NCCL was asked for and cannot be had.</exception>
    /// <exception cref="TransientRunException">One ended instead; the message has its last words.</exception>
    public static async Task<WorkerTeam> StartAsync(int count, WorkerJob job, IBatchSource batches, string folder, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, "worker.json");
        await File.WriteAllBytesAsync(path, JsonSerializer.SerializeToUtf8Bytes(job), cancellation);
        var options = WorkerProcesses.OnThisMachine(count, Patience);
        var processes = WorkerProcesses.Start(options, Enumerable.Range(1, count - 1), _ => Command(path));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            foreach (var (_, process) in processes.Processes)
                _ = process.WaitForExitAsync(ended.Token).ContinueWith(_ => ended.Cancel(), cancellation, TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            var group = await Task.Run(() => ProcessGroups.Open(options, job.Collective, BaseModel.Place(job.Spec, options.Rank), ended.Token), cancellation);
            return new(processes, group, new SharedBatches(batches, [.. processes.Processes.Select(worker => worker.Process.StandardInput.BaseStream)]));
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested && error is OperationCanceledException or WorkerLostException)
        {
            var failure = new TransientRunException($"Not all of the {count} processes of scale.workers could begin. {processes.Failures()}".TrimEnd(), error);
            processes.Dispose();
            throw failure;
        }
        catch (Exception error)
        {
            processes.Dispose();
            if (error is NcclUnavailableException)
                throw new ArgumentException($"scale.collective: nccl was asked for and cannot be had: {error.Message}.", error);
            throw;
        }
        finally
        {
            // Whoever ends from now on is missed by the group.
            await ended.CancelAsync();
        }
    }

    /// <summary>What became of a run whose processes lost each other: it is worth another attempt, from the last checkpoint.</summary>
    public async Task<TransientRunException> ExplainAsync(WorkerLostException lost)
    {
        using var patience = new CancellationTokenSource(LastWords);
        try
        {
            await Task.WhenAny(processes.Processes.Select(worker => worker.Process.WaitForExitAsync(patience.Token)));
        }
        catch (OperationCanceledException)
        {
            // It hangs rather than ended.
        }
        return new($"A worker process of the run was lost: {lost.Message} {processes.Failures()}".TrimEnd(), lost);
    }

    /// <summary>This executable, as a worker.</summary>
    static ProcessStartInfo Command(string job)
    {
        var (program, own) = (typeof(WorkerTeam).Assembly, Environment.ProcessPath ?? "dotnet");
        var isProgram = Path.GetFileName(own) == program.GetName().Name || program.Location.Length == 0;
        var start = isProgram ? new ProcessStartInfo(own, [WorkerProgram.Verb, job])
            : new ProcessStartInfo(Path.GetFileName(own) == "dotnet" ? own : "dotnet", [program.Location, WorkerProgram.Verb, job]);
        start.RedirectStandardInput = true;
        return start;
    }

    public void Dispose()
    {
        Group.Dispose();
        processes.Dispose();
    }
}
