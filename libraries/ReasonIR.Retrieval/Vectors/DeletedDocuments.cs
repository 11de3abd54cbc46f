using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// The removed documents of a segment, a bit each. A file is written once and never changed: magic "RIRVDEL\n", version u32, documents
/// u32, ⌈documents / 64⌉ u64, CRC-32C of all before it.
/// </summary>
static class DeletedDocuments
{
    const int HeaderBytes = 16;
    const uint Version = 2;

    static ReadOnlySpan<byte> Magic => "RIRVDEL\n"u8;

    /// <exception cref="VectorIndexException">Not such a file, of another version, or damaged.</exception>
    public static ulong[] Read(string path, SegmentEntry segment)
    {
        var words = (segment.Documents + 63) / 64;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        if (file.Length != HeaderBytes + 8L * words + 4)
            throw new VectorIndexException(path, $"{file.Length} bytes, expected {HeaderBytes + 8L * words + 4}: truncated or damaged");
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        if (!bytes.AsSpan().StartsWith(Magic))
            throw new VectorIndexException(path, "does not name removed documents (no magic number)");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)) is var version && version != Version)
            throw new VectorIndexException(path, $"version {version}, expected {Version}: built by another version, build the index again");
        var deleted = MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan(HeaderBytes, 8 * words)).ToArray();
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4)) != Crc32C.Add(0, bytes.AsSpan(0, bytes.Length - 4))
            || deleted.Sum(word => (long)BitOperations.PopCount(word)) != segment.DeletedDocuments)
            throw new VectorIndexException(path, "damaged (checksum)");
        return deleted;
    }

    public static void Write(string path, ulong[] deleted, int documents)
    {
        var bytes = new byte[HeaderBytes + 8 * deleted.Length + 4];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), (uint)documents);
        MemoryMarshal.AsBytes(deleted.AsSpan()).CopyTo(bytes.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), Crc32C.Add(0, bytes.AsSpan(0, bytes.Length - 4)));
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }
}
