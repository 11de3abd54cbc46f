using System.Buffers.Binary;
using System.Numerics;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>CRC-32C (Castagnoli) of a stream of bytes, by the processor's instruction where it has one.</summary>
struct Crc32C()
{
    uint _state = uint.MaxValue;

    public readonly uint Value => ~_state;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var state = _state;
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }
        foreach (var b in bytes)
            state = BitOperations.Crc32C(state, b);
        _state = state;
    }
}
