using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Experiments.Artifacts;

/// <summary>
/// A directory of files and folders that are complete or absent: they are written under a temporary name, flushed to the disk and
/// renamed, and each has a row with its SHA-256. Paths are relative to the root with forward slashes. Thread-safe.
/// </summary>
public sealed class ArtifactStore(IDbContextFactory<ExperimentsDb> contexts, IOptions<ArtifactOptions> options)
{
    /// <summary>The suffix of unfinished files and folders.</summary>
    internal const string Unfinished = ".tmp";

    readonly Lazy<string> root = new(() => OpenRoot(options.Value.Root));

    /// <summary>Full path of the store.</summary>
    public string Root => root.Value;

    static string OpenRoot(string path)
    {
        if (path.Length == 0)
            throw new InvalidOperationException("REASONIR_ARTIFACTS is not set: it names the directory that all services share for models, vectors and run files");
        return Directory.CreateDirectory(path).FullName.TrimEnd(Path.DirectorySeparatorChar);
    }

    /// <summary>Full path of a relative one.</summary>
    /// <exception cref="ArgumentException">The path is absolute, is empty or leaves the store.</exception>
    public string Resolve(string relative)
    {
        var normal = Normalize(relative);
        var full = Path.Combine(Root, normal);
        // A link inside the store may point outside: follow what exists of the path.
        for (var part = full; part.Length > Root.Length; part = Path.GetDirectoryName(part)!)
            if (new FileInfo(part).LinkTarget is not null)
                throw new ArgumentException($"artifact path '{relative}' passes a symbolic link", nameof(relative));
        return full;
    }

    static string Normalize(string relative)
    {
        var parts = relative.Split('/');
        if (relative.Length is 0 or > 1_000 || relative.Contains('\\') || relative.Contains('\0') || parts.Any(p => p is "" or "." or ".."))
            throw new ArgumentException($"an artifact path is relative, with forward slashes and without '..': '{relative}'", nameof(relative));
        return relative;
    }

    /// <summary>Begins a file; nothing is visible at <paramref name="relative"/> before <see cref="ArtifactWriter.CommitAsync"/>.</summary>
    public ArtifactWriter OpenWrite(string relative)
    {
        var full = Resolve(relative);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return new ArtifactWriter(this, relative, full);
    }

    /// <summary>A new empty folder to fill and hand to <see cref="CommitFolderAsync"/>, on the same volume as the store.</summary>
    public string CreateFolder(string relative) =>
        Directory.CreateDirectory($"{Resolve(relative)}.{Guid.NewGuid():N}{Unfinished}").FullName;

    /// <summary>
    /// Moves a filled folder (made by <see cref="CreateFolder"/>, or a run's own below its work folder) to its place, replacing what
    /// is there, and records it. With <paramref name="run"/>, only while that run's lease holds.
    /// </summary>
    public async Task<Artifact> CommitFolderAsync(
        string folder, string relative, string kind, RunContext? run = null, CancellationToken cancellation = default)
    {
        var full = Resolve(relative);
        var (sha256, bytes) = await FolderHash.ComputeAsync(folder, cancellation);
        Durable.FlushFolder(folder);
        return await RecordAsync(relative, kind, sha256, bytes, () => Durable.MoveFolder(folder, full), run, cancellation);
    }

    /// <summary>Records a folder that was brought to its place whole by other means. With <paramref name="run"/>, only while that run's lease holds.</summary>
    public async Task<Artifact> RecordFolderAsync(string relative, string kind, RunContext? run = null, CancellationToken cancellation = default)
    {
        var full = Resolve(relative);
        var (sha256, bytes) = await FolderHash.ComputeAsync(full, cancellation);
        Durable.FlushFolder(full);
        return await RecordAsync(relative, kind, sha256, bytes, () => { }, run, cancellation);
    }

    /// <summary>Moves a finished file from elsewhere on the same volume to its place and records it.</summary>
    public async Task<Artifact> CommitFileAsync(
        string file, string relative, string kind, RunContext? run = null, CancellationToken cancellation = default)
    {
        var full = Resolve(relative);
        var (sha256, bytes) = await FolderHash.OfFileAsync(file, cancellation);
        Durable.FlushFile(file);
        return await RecordAsync(relative, kind, sha256, bytes, () => Durable.MoveFile(file, full), run, cancellation);
    }

    /// <summary>Whether what lies on the disk is what the row says.</summary>
    public async Task<bool> VerifyAsync(Artifact artifact, CancellationToken cancellation = default)
    {
        var full = Resolve(artifact.Path);
        if (!Path.Exists(full))
            return false;
        var (sha256, _) = Directory.Exists(full)
            ? await FolderHash.ComputeAsync(full, cancellation) : await FolderHash.OfFileAsync(full, cancellation);
        return sha256 == artifact.Sha256;
    }

    internal async Task<Artifact> RecordAsync(
        string relative, string kind, string sha256, long bytes, Action move, RunContext? run, CancellationToken cancellation)
    {
        Artifact? recorded = null;
        async Task WriteAsync(ExperimentsDb db)
        {
            // One statement: two who record one path take turns by its row, and the row is that of the last file moved there.
            recorded = (await db.Artifacts.FromSql($"""
                insert into artifacts (path, kind, sha256, bytes, run_id) values ({relative}, {kind}, {sha256}, {bytes}, {run?.RunId})
                on conflict (path) do update set kind = excluded.kind, sha256 = excluded.sha256, bytes = excluded.bytes, run_id = excluded.run_id, created_at = clock_timestamp()
                returning *
                """).AsNoTracking().ToListAsync(cancellation)).Single();
            move(); // the last step: a row without its file would lie, a file without its row is only swept or written again
        }
        if (run is not null)
            await run.WriteAsync(WriteAsync, cancellation);
        else
        {
            await using var db = await contexts.CreateDbContextAsync(cancellation);
            await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
            await WriteAsync(db);
            await transaction.CommitAsync(cancellation);
        }
        return recorded!;
    }

    /// <summary>Removes an artifact's row and then its file or folder.</summary>
    public async Task DeleteAsync(string relative, CancellationToken cancellation = default)
    {
        var full = Resolve(relative);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await db.Artifacts.Where(a => a.Path == relative).ExecuteDeleteAsync(cancellation);
        Durable.Delete(full);
    }

    /// <summary>The scratch folder of a run; it survives a restart and goes with <see cref="ArtifactSweep"/> after the run's end.</summary>
    internal string WorkFolder(long runId) =>
        Path.Combine(Root, "runs", runId.ToString(CultureInfo.InvariantCulture), "work");

    internal void DeleteWorkFolder(long runId) => Durable.Delete(WorkFolder(runId));
}
