using System.Numerics;
using System.Runtime.InteropServices;

namespace ReasonIR.Retrieval.Storage;

/// <summary>CRC-32C (Castagnoli), with the processor's instruction where it has one.</summary>
static class Crc32C
{
    /// <summary>Goes on from an earlier value; begin with 0.</summary>
    public static uint Add(uint checksum, ReadOnlySpan<byte> bytes)
    {
        checksum = ~checksum;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            checksum = BitOperations.Crc32C(checksum, word);
        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
            checksum = BitOperations.Crc32C(checksum, rest);
        return ~checksum;
    }
}
