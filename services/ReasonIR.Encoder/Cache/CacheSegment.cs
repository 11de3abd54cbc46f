using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReasonIR.Encoder.Cache;

/// <summary>
/// One file of the cache, append only. 16 bytes of header (magic, version), then records: CRC-32C of the rest of the record (4), tokens (4),
/// dimension (4), 0 (4), key (16), the vector as f32; all little-endian. A record that was cut off or altered is known by its checksum.
/// Reads of several threads beside one that appends.
/// </summary>
sealed class CacheSegment : IDisposable
{
    const int HeaderBytes = 16, RecordHeaderBytes = 32, MaxDimension = 1 << 16;

    static ReadOnlySpan<byte> Magic => "RIRVECS\n"u8;

    const int Version = 1;

    readonly SafeFileHandle file;

    CacheSegment(string path, SafeFileHandle file) => (Path, this.file) = (path, file);

    public string Path { get; }

    public long Bytes { get; private set; }

    public static CacheSegment Create(string path)
    {
        var segment = new CacheSegment(path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read));
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Version);
        RandomAccess.Write(segment.file, header, 0);
        segment.Bytes = HeaderBytes;
        return segment;
    }

    /// <summary>Opens a file of an earlier process and tells its records; what comes after the last good one is cut off. Null: it is no such file.</summary>
    public static CacheSegment? Open(string path, Action<UInt128, long> onRecord, CancellationToken cancellation)
    {
        var segment = new CacheSegment(path, File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read));
        var length = RandomAccess.GetLength(segment.file);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (RandomAccess.Read(segment.file, header, 0) != HeaderBytes || !header.StartsWith(Magic) || BinaryPrimitives.ReadInt32LittleEndian(header[8..]) != Version)
        {
            segment.Dispose();
            return null;
        }
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 20) { Position = HeaderBytes };
        var record = new byte[RecordHeaderBytes];
        segment.Bytes = HeaderBytes;
        while (stream.ReadAtLeast(record.AsSpan(0, RecordHeaderBytes), RecordHeaderBytes, throwOnEndOfStream: false) == RecordHeaderBytes)
        {
            cancellation.ThrowIfCancellationRequested();
            var size = Size(record);
            if (size < 0 || segment.Bytes + size > length)
                break;
            if (record.Length < size)
                Array.Resize(ref record, size);
            if (stream.ReadAtLeast(record.AsSpan(RecordHeaderBytes, size - RecordHeaderBytes), size - RecordHeaderBytes, throwOnEndOfStream: false) != size - RecordHeaderBytes || !IsWhole(record.AsSpan(0, size)))
                break;
            onRecord(Key(record), segment.Bytes);
            segment.Bytes += size;
        }
        if (segment.Bytes < length)
            RandomAccess.SetLength(segment.file, segment.Bytes);
        return segment;
    }

    /// <summary>Adds a record; returns where it begins.</summary>
    public long Append(UInt128 key, int tokens, ReadOnlySpan<float> vector)
    {
        var record = new byte[RecordHeaderBytes + vector.Length * sizeof(float)];
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(4), tokens);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(8), vector.Length);
        BinaryPrimitives.WriteUInt128LittleEndian(record.AsSpan(16), key);
        MemoryMarshal.AsBytes(vector).CopyTo(record.AsSpan(RecordHeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(record, Checksum(record.AsSpan(4)));
        RandomAccess.Write(file, record, Bytes);
        var offset = Bytes;
        Bytes += record.Length;
        return offset;
    }

    /// <summary>The vector of a record into <paramref name="vector"/>; null where the record is not whole or of another key or dimension.</summary>
    /// <returns>Its text's tokens.</returns>
    public int? Read(UInt128 key, long offset, Span<float> vector)
    {
        var record = new byte[RecordHeaderBytes + vector.Length * sizeof(float)];
        if (RandomAccess.Read(file, record, offset) != record.Length || Size(record) != record.Length || Key(record) != key || !IsWhole(record))
            return null;
        MemoryMarshal.Cast<byte, float>(record.AsSpan(RecordHeaderBytes)).CopyTo(vector);
        return BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(4));
    }

    static UInt128 Key(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt128LittleEndian(record[16..]);

    /// <summary>Bytes of the record whose header this is; -1 where it is none.</summary>
    static int Size(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadInt32LittleEndian(record[8..]) is var dimension and >= 1 and <= MaxDimension ? RecordHeaderBytes + dimension * sizeof(float) : -1;

    static bool IsWhole(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt32LittleEndian(record) == Checksum(record[4..]);

    static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }

    public void Delete()
    {
        Dispose();
        File.Delete(Path);
    }

    public void Dispose() => file.Dispose();
}
