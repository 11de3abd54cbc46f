using System.Globalization;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Trainer.Runs;

/// <summary>
/// The files of one attempt of a run. Its number is the lease's: a worker that has lost the run without knowing it may still be
/// writing, and then writes where nobody reads.
/// </summary>
/// <param name="Checkpoint">Where the trainer keeps its checkpoints; holds those of the last attempt.</param>
/// <param name="Output">Empty, for finished models.</param>
public sealed record AttemptFolder(string Checkpoint, string Output)
{
    const string Prefix = "attempt-";

    /// <summary>Makes the folder of the attempt, takes over the newest checkpoints and removes what else earlier attempts left.</summary>
    public static AttemptFolder Open(RunContext run)
    {
        var own = Path.Combine(run.WorkFolder, Prefix + run.Run.Fence.ToString("D10", CultureInfo.InvariantCulture));
        var attempt = new AttemptFolder(Path.Combine(own, "checkpoint"), Path.Combine(own, "output"));
        Directory.CreateDirectory(attempt.Output);
        var earlier = Directory.EnumerateDirectories(run.WorkFolder, Prefix + "*").Where(folder => string.CompareOrdinal(folder, own) < 0)
            .OrderDescending(StringComparer.Ordinal).ToList();
        foreach (var folder in earlier)
        {
            var checkpoint = Path.Combine(folder, "checkpoint");
            if (!Directory.Exists(attempt.Checkpoint) && Directory.Exists(checkpoint) && Directory.EnumerateFileSystemEntries(checkpoint).Any())
                Directory.Move(checkpoint, attempt.Checkpoint);
        }
        foreach (var folder in earlier)
            Delete(folder);
        Directory.CreateDirectory(attempt.Checkpoint);
        return attempt;
    }

    static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // Somebody who has lost the run is writing there; it goes with the work folder.
        }
    }
}
