using System.IO.MemoryMappedFiles;

namespace ReasonIR.Retrieval.Storage;

/// <summary>A file in memory, by address. The owner sees to it that nobody reads after <see cref="Dispose"/>.</summary>
sealed unsafe class MappedFile : IDisposable
{
    readonly MemoryMappedFile map;
    readonly MemoryMappedViewAccessor view;
    readonly byte* start;

    MappedFile(FileStream file, long length, MemoryMappedFileAccess access)
    {
        map = MemoryMappedFile.CreateFromFile(file, null, length, access, HandleInheritability.None, leaveOpen: true);
        view = map.CreateViewAccessor(0, length, access);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
        Length = length;
    }

    public long Length { get; }

    public static MappedFile ForReading(FileStream file) => new(file, file.Length, MemoryMappedFileAccess.Read);

    /// <summary>Sets the file's length and maps it for writing.</summary>
    public static MappedFile ForWriting(FileStream file, long length)
    {
        file.SetLength(length);
        return new(file, length, MemoryMappedFileAccess.ReadWrite);
    }

    /// <summary>A part of the file as items.</summary>
    public Span<T> Items<T>(long offset, long count) where T : unmanaged
    {
        if (offset < 0 || count < 0 || offset > Length || count > (Length - offset) / sizeof(T))
            throw new ArgumentOutOfRangeException(nameof(count), $"{count} items at {offset} are outside the file of {Length} bytes.");
        return new Span<T>(start + offset, checked((int)count));
    }

    public void Flush() => view.Flush();

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }

    // The pointer holds the view open even against the handle's own finalizer: one that is forgotten would stay mapped for ever.
    ~MappedFile()
    {
        if (start is not null)
            view.SafeMemoryMappedViewHandle.ReleasePointer();
    }
}
