using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>A file mapped for reading. It stays mapped until it is disposed and nobody holds it any more.</summary>
sealed unsafe class MappedBytes : IDisposable
{
    readonly MemoryMappedFile map;
    readonly MemoryMappedViewAccessor view;
    readonly byte* start;
    int disposed;

    public MappedBytes(FileStream file)
    {
        Length = file.Length;
        map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        view = map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
    }

    public long Length { get; }

    /// <summary>Valid while the mapping is held.</summary>
    public byte* Start => start;

    /// <summary>What keeps the file mapped while a search runs.</summary>
    public SafeHandle Handle => view.SafeMemoryMappedViewHandle;

    /// <summary>Throws where a section's checksum is another.</summary>
    public void Check(FileSection section, uint checksum, string name, string path)
    {
        uint crc = 0;
        for (long at = 0; at < section.Length;)
        {
            // A multiple of 8, so that the parts give the same as the whole.
            var part = (int)Math.Min(1 << 24, section.Length - at);
            crc = Crc32C.Add(crc, new(start + section.Offset + at, part));
            at += part;
        }
        if (crc != checksum)
            throw new VectorIndexException(path, $"damaged {name} (checksum)");
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 1)
            return;
        GC.SuppressFinalize(this);
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }

    // The pointer holds the view open even against the handle's own finalizer: one that is forgotten would stay mapped for ever.
    ~MappedBytes()
    {
        if (start is not null)
            view.SafeMemoryMappedViewHandle.ReleasePointer();
    }
}
