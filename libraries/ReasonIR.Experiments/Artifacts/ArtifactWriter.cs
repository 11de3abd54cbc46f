using System.Security.Cryptography;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Experiments.Artifacts;

/// <summary>A file that is being written; disposing it without <see cref="CommitAsync"/> leaves nothing behind.</summary>
public sealed class ArtifactWriter : IAsyncDisposable
{
    readonly ArtifactStore store;
    readonly string relative, full, unfinished;
    readonly FileStream file;
    readonly IncrementalHash sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    bool closed;

    internal ArtifactWriter(ArtifactStore store, string relative, string full)
    {
        (this.store, this.relative, this.full) = (store, relative, full);
        unfinished = $"{full}.{Guid.NewGuid():N}{ArtifactStore.Unfinished}";
        file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
        Stream = new HashingStream(file, sha);
    }

    /// <summary>Where to write, forward only.</summary>
    public Stream Stream { get; }

    /// <summary>Flushes to the disk, renames and records. With <paramref name="run"/>, only while that run's lease holds.</summary>
    public async Task<Artifact> CommitAsync(string kind, RunContext? run = null, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        await Stream.FlushAsync(cancellation);
        var bytes = file.Length;
        file.Flush(flushToDisk: true);
        await CloseAsync();
        return await store.RecordAsync(relative, kind, Convert.ToHexStringLower(sha.GetCurrentHash()), bytes,
            () => Durable.MoveFile(unfinished, full), run, cancellation);
    }

    async ValueTask CloseAsync()
    {
        if (closed)
            return;
        closed = true;
        await file.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        File.Delete(unfinished); // absent after a commit
        sha.Dispose();
    }
}
