using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace ReasonIR.Retrieval.Storage;

/// <summary>A file in memory, by address. The owner sees to it that nobody reads after <see cref="Dispose"/>.</summary>
sealed unsafe class MappedFile : IDisposable
{
    const int DontNeed = 4; // MADV_DONTNEED of Linux

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

    /// <summary>
    /// Takes the file's pages out of the process's memory: a file that is read or written once from its begin to its end takes no more than
    /// what lies between two calls. Nothing is lost: what is touched afterwards comes from the system's cache, with what was written.
    /// </summary>
    public void Forget()
    {
        // A view begins where a page begins.
        if (OperatingSystem.IsLinux())
            _ = Advise(start - view.PointerOffset, (nuint)(Length + view.PointerOffset), DontNeed);
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }

    [DllImport("libc", EntryPoint = "madvise")]
    static extern int Advise(byte* address, nuint length, int advice);

    // The pointer holds the view open even against the handle's own finalizer: one that is forgotten would stay mapped for ever.
    ~MappedFile()
    {
        if (start is not null)
            view.SafeMemoryMappedViewHandle.ReleasePointer();
    }
}
