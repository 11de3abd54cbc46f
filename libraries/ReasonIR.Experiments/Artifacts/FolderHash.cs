using System.Security.Cryptography;
using System.Text;

namespace ReasonIR.Experiments.Artifacts;

/// <summary>One hash for a folder: SHA-256 over the lines "hash  bytes  path\n" of its files, sorted by path.</summary>
public static class FolderHash
{
    /// <summary>The hex hash and the bytes of all files together.</summary>
    public static async Task<(string Sha256, long Bytes)> ComputeAsync(string folder, CancellationToken cancellation = default)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var total = 0L;
        foreach (var file in files)
        {
            var (hash, bytes) = await OfFileAsync(Path.Combine(folder, file), cancellation);
            sha.AppendData(Encoding.UTF8.GetBytes($"{hash}  {bytes}  {file}\n"));
            total += bytes;
        }
        return (Convert.ToHexStringLower(sha.GetHashAndReset()), total);
    }

    /// <summary>The hex hash and the length of a file.</summary>
    public static async Task<(string Sha256, long Bytes)> OfFileAsync(string file, CancellationToken cancellation = default)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous);
        return (Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation)), stream.Length);
    }
}
