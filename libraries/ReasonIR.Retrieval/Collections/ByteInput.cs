using System.IO.Compression;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Retrieval.Collections;

/// <summary>
/// A window that slides over a stream's bytes, unpacked where the first two say gzip, without a byte-order mark. The window grows
/// only as far as the longest record. The stream stays open.
/// </summary>
sealed class ByteInput(Stream stream, string name, CollectionLimits limits) : IAsyncDisposable
{
    const int FirstWindow = 1 << 16;

    byte[] buffer = new byte[FirstWindow];
    int start, end;
    bool ended;
    Stream? source;

    public string Name => name;

    /// <summary>Where the record that is being read begins; for errors.</summary>
    public long Line { get; set; } = 1;

    public ReadOnlyMemory<byte> Window => buffer.AsMemory(start, end - start);

    public void Skip(int bytes) => start += bytes;

    /// <summary>Adds bytes to the window; false at the end of the stream.</summary>
    /// <exception cref="CollectionFormatException">The window would outgrow the limit, or the gzip stream is broken.</exception>
    public async ValueTask<bool> GrowAsync(CancellationToken cancellation)
    {
        if (ended)
            return false;
        var opening = source is null;
        source ??= await OpenAsync(cancellation);
        if (end == buffer.Length)
            MakeRoom();
        int read;
        try
        {
            // Enough to see a whole byte-order mark.
            read = opening
                ? await source.ReadAtLeastAsync(buffer.AsMemory(end), 3, throwOnEndOfStream: false, cancellation)
                : await source.ReadAsync(buffer.AsMemory(end), cancellation);
        }
        catch (InvalidDataException e)
        {
            throw new CollectionFormatException(name, Line, null, $"broken gzip: {e.Message}", e);
        }
        end += read;
        if (opening && Window.Span.StartsWith("\uFEFF"u8))
            start += 3;
        ended = read == 0;
        return !ended;
    }

    public async ValueTask DisposeAsync()
    {
        if (source is GZipStream)
            await source.DisposeAsync();
    }

    async ValueTask<Stream> OpenAsync(CancellationToken cancellation)
    {
        var magic = new byte[2];
        var have = await stream.ReadAtLeastAsync(magic, 2, throwOnEndOfStream: false, cancellation);
        var whole = new PrefixedStream(magic.AsMemory(0, have), stream);
        return magic is [0x1F, 0x8B] ? new GZipStream(whole, CompressionMode.Decompress, leaveOpen: true) : whole;
    }

    void MakeRoom()
    {
        var length = end - start;
        if (length > limits.RecordBytes)
            throw new CollectionFormatException(name, Line, null, $"a record should have at most {limits.RecordBytes} bytes.");
        var largest = limits.RecordBytes + (long)FirstWindow;
        var target = length <= buffer.Length / 2 || buffer.Length == largest ? buffer : new byte[Math.Min(buffer.Length * 2L, largest)];
        buffer.AsSpan(start, length).CopyTo(target);
        (buffer, start, end) = (target, 0, length);
    }
}
