namespace ReasonIR.Experiments.Runs;

/// <summary>
/// Runs one kind of run; registered with <c>AddRunHandler</c>, one instance a process. It may be called again for a run whose
/// worker was lost, so it resumes from <see cref="RunContext.Checkpoint{T}"/> and what it writes it can write twice.
/// Returning ends the run as succeeded, throwing as failed; a <see cref="TransientRunException"/> (or an error of the network or
/// the database that may pass) has it tried again while attempts are left.
/// </summary>
public interface IRunHandler
{
    /// <summary>The kind of run it takes.</summary>
    string Kind { get; }

    /// <param name="run">Everything about this run.</param>
    /// <param name="cancellation">Fires when the run is canceled, the service stops or the lease is lost: save nothing more, leave.</param>
    Task RunAsync(RunContext run, CancellationToken cancellation);
}
