using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace ReasonIR.Training.Data;

/// <summary>Writes a file of <see cref="Layout"/>: columns one after another, the header at the end of it all.</summary>
sealed class PayloadWriter : IDisposable
{
    readonly FileStream file;
    uint checksum;
    long bytes;

    public PayloadWriter(string path)
    {
        file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        file.Write(new byte[Layout.HeaderBytes]);
    }

    public void Write<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        var raw = MemoryMarshal.AsBytes(values);
        file.Write(raw);
        checksum = Layout.Checksum(checksum, raw);
        bytes += raw.Length;
    }

    /// <summary>Ends a column.</summary>
    public void Pad() => Write<byte>(stackalloc byte[(int)(Layout.Padded(bytes) - bytes)]);

    /// <summary>Writes the header and flushes all to the disk.</summary>
    public void Finish(string magic, long first, long second, int width = 0)
    {
        file.Position = 0;
        file.Write(new FileHeader(magic, first, second, width, checksum).Write());
        file.Flush(flushToDisk: true);
    }

    public void Dispose() => file.Dispose();
}

/// <summary>A mapped file of <see cref="Layout"/>, its checksums verified.</summary>
sealed unsafe class PayloadFile : IDisposable
{
    /// <summary>Checked at a time.</summary>
    const int Piece = 1 << 24;

    readonly MemoryMappedFile map;
    readonly MemoryMappedViewAccessor view;
    readonly byte* start;
    readonly string path;
    long position = Layout.HeaderBytes;

    /// <exception cref="InvalidDataException">The file is not what its header says.</exception>
    public PayloadFile(string path, string magic)
    {
        this.path = path;
        Length = new FileInfo(path).Length;
        if (Length < Layout.HeaderBytes)
            throw new InvalidDataException($"{path}: expected a header of {Layout.HeaderBytes} bytes, found {Length} bytes.");
        map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            Header = FileHeader.Read(new(start, Layout.HeaderBytes), magic, path);
            var checksum = 0u;
            for (long at = Layout.HeaderBytes; at < Length; at += Piece)
                checksum = Layout.Checksum(checksum, new(start + at, (int)Math.Min(Piece, Length - at)));
            if (checksum != Header.Payload)
                throw new InvalidDataException($"{path}: the checksum is wrong; the file is damaged.");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public FileHeader Header { get; }

    public long Length { get; }

    /// <summary>The next column.</summary>
    /// <exception cref="InvalidDataException">The file is shorter than its counts say.</exception>
    public T* Column<T>(long count) where T : unmanaged
    {
        if (count < 0 || count > (Length - position) / sizeof(T))
            throw new InvalidDataException($"{path}: {count} values of {sizeof(T)} bytes do not fit into the {Length - position} bytes that are left.");
        var column = (T*)(start + position);
        position = Math.Min(Length, Layout.Padded(position + count * sizeof(T)));
        return column;
    }

    /// <exception cref="InvalidDataException">Something follows the last column.</exception>
    public void End()
    {
        if (position != Length)
            throw new InvalidDataException($"{path}: {Length - position} bytes follow the last column.");
    }

    public void Dispose()
    {
        // The pointer is given back once, however often the owners dispose.
        if (view is null || view.SafeMemoryMappedViewHandle.IsClosed)
            return;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }
}
