using ReasonIR.Contracts;
using ReasonIR.Experiments.Artifacts;

namespace ReasonIR.Portal.Uploads;

/// <summary>Takes files in: below the artifact store, under names that cannot leave it.</summary>
public sealed class UploadsService(ArtifactStore artifacts)
{
    const int MostFiles = 100_000;

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
        if (path.Length > 500 || parts.Any(part => part is "" or "." or ".." || part.Contains('\\') || part.Contains('\0')))
            throw new ArgumentException($"path: expected a relative path of at most 500 characters without '..', found '{path}'.");
        var target = Path.Combine([folder, .. parts]);
        if (!File.Exists(target) && Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Take(MostFiles).Count() >= MostFiles)
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

    string Folder(string id) => Guid.TryParseExact(id, "N", out var guid)
        ? artifacts.Resolve($"uploads/{guid:N}")
        : throw new ArgumentException($"id: expected 32 hexadecimal digits, found '{id}'.");
}
