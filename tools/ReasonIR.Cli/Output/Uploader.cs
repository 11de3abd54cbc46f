using ReasonIR.Contracts.Client;

namespace ReasonIR.Cli.Output;

/// <summary>Streams a local file or folder up; the server never reads a local path.</summary>
public static class Uploader
{
    /// <summary>Uploads and returns the upload's id.</summary>
    /// <param name="client">The portal.</param>
    /// <param name="path">A file, or a folder with everything below it except hidden files.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="FileNotFoundException">There is nothing at a path.</exception>
    public static Task<string> UploadAsync(ReasonIrClient client, string path, CancellationToken cancellation) => UploadAsync(client, [path], cancellation);

    /// <param name="folder">A folder.</param>
    /// <param name="wanted">Which of its files, by relative path with forward slashes.</param>
    /// <inheritdoc cref="UploadAsync(ReasonIrClient, string, CancellationToken)"/>
    public static Task<string> UploadAsync(ReasonIrClient client, string folder, Func<string, bool> wanted, CancellationToken cancellation) =>
        SendAsync(client, Files(folder).Where(file => wanted(file.Relative)).ToList() is { Count: > 0 } found ? found
            : throw new FileNotFoundException($"{folder}: none of its files belongs to the task."), cancellation);

    /// <param name="paths">Files and folders; no two files may end up under one name.</param>
    /// <inheritdoc cref="UploadAsync(ReasonIrClient, string, CancellationToken)"/>
    public static Task<string> UploadAsync(ReasonIrClient client, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        var files = paths.SelectMany(path => Files(path).ToList() is { Count: > 0 } found ? found
            : throw new FileNotFoundException($"{path}: expected a file or a folder with files, found none.")).ToList();
        if (files.GroupBy(file => file.Relative).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"{string.Join(" and ", twice.Select(file => file.Full))} would both be sent as '{twice.Key}'; rename one.");
        return SendAsync(client, files, cancellation);
    }

    static async Task<string> SendAsync(ReasonIrClient client, IReadOnlyList<(string Full, string Relative)> files, CancellationToken cancellation)
    {
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
