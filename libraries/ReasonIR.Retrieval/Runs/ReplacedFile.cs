using System.IO.Compression;
using System.Text;

namespace ReasonIR.Retrieval.Runs;

/// <summary>Text files that appear whole or not at all: written under a temporary name, flushed to disk, renamed.</summary>
static class ReplacedFile
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static async Task WriteAsync(string path, Func<TextWriter, Task> write, CancellationToken cancellation)
    {
        var full = Path.GetFullPath(path);
        var temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, useAsync: true))
            {
                Stream target = full.EndsWith(".gz", StringComparison.Ordinal)
                    ? new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true)
                    : file;
                await using (var writer = new StreamWriter(target, Utf8, 1 << 16, leaveOpen: true) { NewLine = "\n" })
                    await write(writer);
                if (target != file)
                    await target.DisposeAsync();
                await file.FlushAsync(cancellation);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
