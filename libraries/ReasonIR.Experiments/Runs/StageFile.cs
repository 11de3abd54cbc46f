using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace ReasonIR.Experiments.Runs;

/// <summary>Lines that one run leaves in its work folder for another: gzip, UTF-8, named by their own SHA-256, complete or absent.</summary>
public static class StageFile
{
    const string Extension = ".jsonl.gz";

    /// <summary>Writes the lines.</summary>
    /// <param name="folder">A run's work folder.</param>
    /// <returns>The file's name in the folder, which two files share where their lines are the same, and the number of lines.</returns>
    public static async Task<(string File, int Lines)> WriteAsync(string folder, IAsyncEnumerable<string> lines, CancellationToken cancellation)
    {
        var temporary = Path.Combine(folder, $"{Guid.NewGuid():N}.tmp");
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var count = 0;
            await using (var file = File.Create(temporary))
            await using (var zip = new GZipStream(file, CompressionLevel.Fastest))
                await foreach (var line in lines.WithCancellation(cancellation))
                {
                    var bytes = Encoding.UTF8.GetBytes(line + "\n");
                    hash.AppendData(bytes);
                    await zip.WriteAsync(bytes, cancellation);
                    count++;
                }
            var name = Convert.ToHexStringLower(hash.GetHashAndReset()) + Extension;
            File.Move(temporary, Path.Combine(folder, name), overwrite: true);
            return (name, count);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Opens the lines.</summary>
    /// <exception cref="TransientRunException">The file is not there: its run writes it again when it goes on.</exception>
    public static StreamReader Open(string folder, string file)
    {
        try
        {
            return new StreamReader(new GZipStream(File.OpenRead(Path.Combine(folder, file)), CompressionMode.Decompress), Encoding.UTF8);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TransientRunException($"{file} is not in the run's work folder; the run writes it when it is resumed.", error);
        }
    }

    /// <summary>Removes it where it is there.</summary>
    public static void Delete(string folder, string file) => File.Delete(Path.Combine(folder, file));
}
