using System.Collections.Concurrent;
using System.Text;
using ReasonIR.Contracts;
using ReasonIR.Experiments.Artifacts;

namespace ReasonIR.Portal.Uploads;

/// <summary>Takes files in: below the artifact store, under names that cannot leave it.</summary>
public sealed class UploadsService(ArtifactStore artifacts)
{
    const int MostFiles = 100_000;

    /// <summary>What a file system takes as one name, less what the temporary name adds.</summary>
    const int MostNameBytes = 200;

    readonly ConcurrentDictionary<string, int> counts = new(StringComparer.Ordinal);

    /// <summary>A new, empty place for files.</summary>
    public UploadInfo Create()
    {
        var upload = new UploadInfo(Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Folder(upload.Id));
        return upload;
    }

    /// <summary>Stores one file; a second one of the same name replaces the first.</summary>
    /// <param name="id">The upload.</param>
    /// <param name="path">A relative path with forward slashes.</param>
    /// <param name="content">Read to its end.</param>
    /// <param name="ct">Cancels; nothing is left then.</param>
    /// <returns>Bytes stored.</returns>
    /// <exception cref="ArgumentException">The path would leave the upload, or there are too many files.</exception>
    /// <exception cref="KeyNotFoundException">There is no such upload.</exception>
    public async Task<long> StoreAsync(string id, string path, Stream content, CancellationToken ct)
    {
        var folder = Folder(id);
        if (!Directory.Exists(folder))
            throw new KeyNotFoundException($"There is no upload '{id}'.");
        var parts = path.Split('/');
        if (path.Length > 500 || parts.Any(part => part is "" or "." or ".." || part.Contains('\\') || part.Contains('\0') || Encoding.UTF8.GetByteCount(part) > MostNameBytes))
            throw new ArgumentException($"path: expected a relative path of at most 500 characters without '..', each name of at most {MostNameBytes} bytes, found '{path}'.");
        var target = Path.Combine([folder, .. parts]);
        if (Directory.Exists(target) || Enumerable.Range(1, parts.Length - 1).Any(depth => File.Exists(Path.Combine([folder, .. parts[..depth]]))))
            throw new ArgumentException($"path: '{path}' would be a file and a folder at once.");
        if (!File.Exists(target) && Count(id, folder) > MostFiles)
            throw new ArgumentException($"An upload holds {MostFiles:N0} files at most.");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, useAsync: true))
                await content.CopyToAsync(file, ct);
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        return new FileInfo(target).Length;
    }

    /// <summary>Files begun in an upload, this one included. Counted on the disk once a process: a count for each file would be quadratic.</summary>
    int Count(string id, string folder) => counts.AddOrUpdate(
        id, _ => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Take(MostFiles).Count() + 1, (_, count) => count + 1);

    string Folder(string id) => Guid.TryParseExact(id, "N", out var guid)
        ? artifacts.Resolve($"uploads/{guid:N}")
        : throw new ArgumentException($"id: expected 32 hexadecimal digits, found '{id}'.");
}
