using ReasonIR.Contracts.Client;

namespace ReasonIR.Cli.Output;

/// <summary>Streams a local file or folder up; the server never reads a local path.</summary>
public static class Uploader
{
    /// <summary>Uploads and returns the upload's id.</summary>
    /// <param name="client">The portal.</param>
    /// <param name="path">A file, or a folder with everything below it except hidden files.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path.</exception>
    public static async Task<string> UploadAsync(ReasonIrClient client, string path, CancellationToken cancellation)
    {
        var files = Files(path).ToList();
        if (files.Count == 0)
            throw new FileNotFoundException($"{path}: expected a file or a folder with files, found none.");
        var upload = await client.CreateUploadAsync(cancellation);
        var total = files.Sum(file => new FileInfo(file.Full).Length);
        Console.Error.WriteLine($"Uploads {files.Count:N0} files ({total / 1048576.0:N1} MiB) …");
        foreach (var (full, relative) in files)
        {
            await using var content = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true);
            await client.UploadAsync(upload.Id, relative, content, cancellation);
        }
        return upload.Id;
    }

    static IEnumerable<(string Full, string Relative)> Files(string path)
    {
        if (File.Exists(path))
            return [(path, Path.GetFileName(path))];
        if (!Directory.Exists(path))
            return [];
        return Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Select(full => (full, Path.GetRelativePath(path, full).Replace(Path.DirectorySeparatorChar, '/')))
            .Where(file => !file.Item2.Split('/').Any(part => part.StartsWith('.')))
            .Order();
    }
}
