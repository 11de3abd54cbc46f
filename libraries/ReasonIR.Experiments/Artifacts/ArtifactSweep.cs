using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Experiments.Artifacts;

/// <summary>What a sweep removed.</summary>
public sealed record SweepResult(int Unfinished, int WorkFolders, int Uploads = 0);

/// <summary>Removes what crashes and ended runs leave in the artifact store. Safe beside running workers.</summary>
public sealed class ArtifactSweep(ArtifactStore store, IDbContextFactory<ExperimentsDb> contexts, IOptions<ArtifactOptions> options)
{
    public async Task<SweepResult> RunAsync(CancellationToken cancellation = default)
    {
        var workFolders = await SweepWorkFoldersAsync(cancellation);
        return new SweepResult(SweepUnfinished(), workFolders, SweepUploads());
    }

    /// <summary>A run takes its upload with it when it succeeds; those of failed and of never started ones stay as long as work folders do.</summary>
    int SweepUploads()
    {
        var folder = Path.Combine(store.Root, "uploads");
        if (!Directory.Exists(folder))
            return 0;
        var before = DateTime.UtcNow - options.Value.KeepWorkFolders;
        var leftovers = Directory.EnumerateDirectories(folder).Where(upload => LastWrite(upload) < before).ToList();
        leftovers.ForEach(Durable.Delete);
        return leftovers.Count;
    }

    int SweepUnfinished()
    {
        var before = DateTime.UtcNow - options.Value.KeepUnfinished;
        var leftovers = Directory.EnumerateFileSystemEntries(store.Root, $"*{ArtifactStore.Unfinished}", SearchOption.AllDirectories)
            .Where(path => LastWrite(path) < before).ToList();
        foreach (var path in leftovers.Where(Path.Exists)) // a folder may have taken its contents with it
            Durable.Delete(path);
        return leftovers.Count;
    }

    // A folder is in use while anything in it is written, which does not touch the folder's own time.
    static DateTime LastWrite(string path) => Directory.Exists(path)
        ? Directory.EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories)
            .Select(File.GetLastWriteTimeUtc).Append(Directory.GetLastWriteTimeUtc(path)).Max()
        : File.GetLastWriteTimeUtc(path);

    async Task<int> SweepWorkFoldersAsync(CancellationToken cancellation)
    {
        var folder = Path.Combine(store.Root, "runs");
        if (!Directory.Exists(folder))
            return 0;
        var before = DateTimeOffset.UtcNow - options.Value.KeepWorkFolders;
        var swept = 0;
        foreach (var name in Directory.EnumerateDirectories(folder).Select(Path.GetFileName).ToList())
        {
            if (!long.TryParse(name, out var id) || !Directory.Exists(store.WorkFolder(id)))
                continue;
            // The checkpoint goes first: it may name files of the folder, and a resumed run then starts anew.
            if (!await ForgetCheckpointAsync(id, before, () => { }, cancellation))
                continue;
            // Whoever resumes the run now waits for us, or we see that it is resumed: its folder is not taken from under it.
            if (await ForgetCheckpointAsync(id, before, () => store.DeleteWorkFolder(id), cancellation))
                swept++;
        }
        return swept;
    }

    /// <summary>Acts while the row of an ended run is held; false: it is not, or no longer, one whose folder is swept.</summary>
    async Task<bool> ForgetCheckpointAsync(long id, DateTimeOffset before, Action act, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var ended = await db.Runs
            .Where(r => r.Id == id && (r.State == RunState.Succeeded
                || ((r.State == RunState.Failed || r.State == RunState.Canceled) && r.EndedAt < before)))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.Checkpoint, (string?)null), cancellation);
        if (ended > 0)
            act();
        await transaction.CommitAsync(cancellation);
        return ended > 0;
    }
}
