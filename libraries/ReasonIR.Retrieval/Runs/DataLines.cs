using System.Buffers;
using System.IO.Compression;

namespace ReasonIR.Retrieval.Runs;

/// <summary>Reads files line by line as UTF-8 bytes, within limits, gzip or not (told by the first bytes, not by the name).</summary>
static class DataLines
{
    /// <summary>A line without its end, and its number from 1.</summary>
    public delegate void Handler(ReadOnlySpan<byte> line, int number);

    public static async Task ReadAsync(
        string path, ReadLimits limits, Handler handle, CancellationToken cancellation)
    {
        await using var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await ReadAsync(file, path, limits, handle, cancellation);
    }

    /// <summary>Reads a stream to its end; it is left open.</summary>
    public static async Task ReadAsync(
        Stream stream, string name, ReadLimits limits, Handler handle, CancellationToken cancellation)
    {
        var magic = new byte[2];
        var have = await stream.ReadAtLeastAsync(magic, 2, throwOnEndOfStream: false, cancellation);
        var whole = new PrefixedStream(magic.AsMemory(0, have), stream);
        if (magic is not [0x1f, 0x8b])
        {
            await SplitAsync(whole, name, limits, handle, cancellation);
            return;
        }
        await using var plain = new GZipStream(whole, CompressionMode.Decompress, leaveOpen: true);
        try
        {
            await SplitAsync(plain, name, limits, handle, cancellation);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{name}: broken gzip: {e.Message}", e);
        }
    }

    static async Task SplitAsync(
        Stream stream, string name, ReadLimits limits, Handler handle, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            var (filled, line) = (0, 0);
            while (true)
            {
                if (filled == buffer.Length)
                {
                    if (filled >= limits.LineBytes)
                        throw new DataFileException(name, line + 1, $"longer than {limits.LineBytes} bytes");
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, filled).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
                var read = await stream.ReadAsync(buffer.AsMemory(filled), cancellation);
                filled += read;
                var used = HandleLines(buffer.AsSpan(0, filled), atEnd: read == 0, name, limits, handle, ref line);
                buffer.AsSpan(used, filled - used).CopyTo(buffer);
                filled -= used;
                if (read == 0)
                    return;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static int HandleLines(
        ReadOnlySpan<byte> bytes, bool atEnd, string name, ReadLimits limits, Handler handle, ref int line)
    {
        var used = 0;
        while (used < bytes.Length)
        {
            var rest = bytes[used..];
            var end = rest.IndexOf((byte)'\n');
            if (end < 0 && !atEnd)
                return used;
            var text = end < 0 ? rest : rest[..end];
            line++;
            if (text.Length > limits.LineBytes)
                throw new DataFileException(name, line, $"longer than {limits.LineBytes} bytes");
            if (line > limits.Lines)
                throw new DataFileException(name, line, $"more than {limits.Lines} lines");
            if (line == 1 && text.StartsWith("\uFEFF"u8))
                text = text[3..];
            handle(text, line);
            used += end < 0 ? rest.Length : end + 1;
        }
        return used;
    }
}
