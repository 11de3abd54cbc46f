using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace ReasonIR.Training.Data;

/// <summary>
/// What the two kinds of file share: a header of 64 bytes (magic, version, counts, checksum of the payload and of the header itself),
/// then the payload. Little-endian; every column begins at a multiple of 8.
/// </summary>
static class Layout
{
    public const int HeaderBytes = 64;

    /// <summary>CRC-32C; begin with 0.</summary>
    public static uint Checksum(uint checksum, ReadOnlySpan<byte> bytes)
    {
        checksum = ~checksum;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            checksum = BitOperations.Crc32C(checksum, word);
        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
            checksum = BitOperations.Crc32C(checksum, rest);
        return ~checksum;
    }

    public static long Padded(long bytes) => bytes + 7 & ~7L;
}

/// <summary>The header of a file.</summary>
/// <param name="Magic">8 letters.</param>
/// <param name="First">A count of the file's kind.</param>
/// <param name="Second">Another.</param>
/// <param name="Width">Bytes of a token id, or 0.</param>
/// <param name="Payload">Checksum of what follows the header.</param>
readonly record struct FileHeader(string Magic, long First, long Second, int Width, uint Payload)
{
    public byte[] Write()
    {
        var bytes = new byte[Layout.HeaderBytes];
        for (var i = 0; i < 8; i++)
            bytes[i] = (byte)Magic[i];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), TokenSettings.Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Width);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), First);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), Second);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(32), Payload);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(60), Layout.Checksum(0, bytes.AsSpan(0, 60)));
        return bytes;
    }

    /// <exception cref="InvalidDataException">It is no header of that kind of file, or of another version.</exception>
    public static FileHeader Read(ReadOnlySpan<byte> bytes, string magic, string path)
    {
        if (bytes.Length < Layout.HeaderBytes)
            throw new InvalidDataException($"{path}: expected a header of {Layout.HeaderBytes} bytes, found {bytes.Length}.");
        for (var i = 0; i < 8; i++)
            if (bytes[i] != magic[i])
                throw new InvalidDataException($"{path}: expected a file that begins with {magic}.");
        if (BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) is var version && version != TokenSettings.Version)
            throw new InvalidDataException($"{path}: expected version {TokenSettings.Version}, found {version}.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[60..]) != Layout.Checksum(0, bytes[..60]))
            throw new InvalidDataException($"{path}: the header's checksum is wrong.");
        return new(magic, BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[32..]));
    }
}
