using System.Security.Cryptography;
using System.Text;

namespace ReasonIR.ServiceDefaults.Hub;

/// <summary>How far a pull is.</summary>
/// <param name="Bytes">Bytes that are there.</param>
/// <param name="TotalBytes">All bytes; files whose size the server does not state count once they are there.</param>
/// <param name="Files">Files that are there, checked.</param>
/// <param name="TotalFiles">All files.</param>
/// <param name="Current">The file that comes now.</param>
public sealed record HubProgress(long Bytes, long TotalBytes, int Files, int TotalFiles, string Current);

/// <summary>
/// Files of a repository into a folder that is whole or absent: they gather beside it in <c>FOLDER.pull.tmp</c>, which a later pull goes on
/// from. Pulls of one folder, of this process or others, take turns by a lock file; those that waited find the folder there.
/// </summary>
public static class HubFolder
{
    /// <summary>Ends as everything unfinished does in the artifact store, which sweeps what nobody goes on with.</summary>
    const string State = ".pull.tmp";

    static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(200);

    /// <param name="hub">The hub.</param>
    /// <param name="listing">The repository at a commit.</param>
    /// <param name="files">Which of its files.</param>
    /// <param name="folder">Absent before; holds exactly these files afterwards. One that is there is taken as it is: name it by the commit.</param>
    /// <param name="progress">Told of bytes and files.</param>
    /// <param name="log">Told of each file, and of failures that are tried again.</param>
    /// <param name="cancellation">Cancels; what is there is gone on from.</param>
    /// <exception cref="HubException">The hub refuses, or a file is not what it promised.</exception>
    /// <exception cref="IOException">The disk has not the room.</exception>
    public static async Task PullAsync(
        HubClient hub, HubListing listing, IReadOnlyList<HubFile> files, string folder, Action<HubProgress>? progress = null, Action<string>? log = null, CancellationToken cancellation = default)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var state = folder + State;
        await using var turn = await TakeTurnAsync(state, folder, log, cancellation);
        if (!Directory.Exists(folder))
        {
            var gathered = Path.Combine(state, "files");
            Directory.CreateDirectory(gathered);
            await GatherAsync(hub, listing, files, state, gathered, progress, log, cancellation);
            Directory.Move(gathered, folder);
        }
        if (Directory.Exists(state))
            Directory.Delete(state, recursive: true);
    }

    static async Task GatherAsync(
        HubClient hub, HubListing listing, IReadOnlyList<HubFile> files, string state, string gathered, Action<HubProgress>? progress, Action<string>? log, CancellationToken cancellation)
    {
        var missing = files.Where(file => !File.Exists(Path.Combine(gathered, file.Path))).ToList();
        string Part(HubFile file) => Path.Combine(state, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file.Path)))[..32] + ".part");
        CheckRoom(hub.Options, listing, files, missing.Sum(file => Math.Max(0, (file.Bytes ?? 0) - Length(Part(file)))), gathered);
        var total = files.Sum(file => file.Bytes ?? 0);
        var done = files.Except(missing).Sum(file => Length(Path.Combine(gathered, file.Path)));
        var count = files.Count - missing.Count;
        foreach (var file in missing)
        {
            var part = Part(file);
            await HubDownload.RunAsync(hub, listing, file, part, bytes => progress?.Invoke(new(done + bytes, total, count, files.Count, file.Path)), log, cancellation);
            var target = Path.Combine(gathered, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            done += Length(part);
            File.Move(part, target);
            progress?.Invoke(new(done, total, ++count, files.Count, file.Path));
            log?.Invoke($"{file.Path}: {Length(target):N0} bytes, checked.");
        }
    }

    /// <summary>Before the first byte: a disk that fills up harms everything else on it.</summary>
    static void CheckRoom(HubOptions options, HubListing listing, IReadOnlyList<HubFile> files, long needed, string folder)
    {
        if (files.Sum(file => file.Bytes ?? 0) is var total && total > options.MaxBytes)
            throw new HubException($"{listing.Reference}: {total:N0} bytes; Hub:MaxBytes allows {options.MaxBytes:N0}.");
        var free = new DriveInfo(folder).AvailableFreeSpace;
        if (needed > free - options.KeepFreeBytes)
            throw new IOException($"{listing.Reference} needs {needed:N0} bytes; {folder} has {free:N0} free, of which Hub:KeepFreeBytes keeps {options.KeepFreeBytes:N0}.");
    }

    static long Length(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>The exclusive hold on a pull's state. A process that dies lets go of it.</summary>
    static async Task<FileStream> TakeTurnAsync(string state, string folder, Action<string>? log, CancellationToken cancellation)
    {
        for (var told = false; ; told = true)
        {
            Directory.CreateDirectory(state);
            try
            {
                return new FileStream(Path.Combine(state, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.Asynchronous);
            }
            catch (DirectoryNotFoundException)
            {
                // Whoever had the turn has just finished.
            }
            catch (IOException) when (!cancellation.IsCancellationRequested)
            {
                if (!told)
                    log?.Invoke($"Another pull of {Path.GetFileName(folder)} is at work; this one waits for it.");
                await Task.Delay(LockPause, cancellation);
            }
        }
    }
}
