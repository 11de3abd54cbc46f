using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Numbers of 0 to 31 bits, one behind the other from the lowest bit on. Sixteen of them fill whole bytes, so a processor with byte
/// permutation (AVX-512 VBMI) reads sixteen at a time: each lane takes the four bytes that hold its number, shifts and masks.
/// </summary>
static class BitPacking
{
    /// <summary>A number and the bits before it in its first byte fit in a lane.</summary>
    const int WidestLane = 25;

    static readonly Vector512<byte>[] bytes = new Vector512<byte>[WidestLane + 1];
    static readonly Vector512<uint>[] shifts = new Vector512<uint>[WidestLane + 1];

    static BitPacking()
    {
        Span<byte> places = stackalloc byte[64];
        Span<uint> left = stackalloc uint[16];
        for (var bits = 0; bits <= WidestLane; bits++)
        {
            for (var lane = 0; lane < 16; lane++)
            {
                left[lane] = (uint)(lane * bits & 7);
                for (var i = 0; i < 4; i++)
                    places[lane * 4 + i] = (byte)((lane * bits >> 3) + i);
            }
            bytes[bits] = Vector512.Create<byte>(places);
            shifts[bits] = Vector512.Create<uint>(left);
        }
    }

    /// <summary>Whether <see cref="Unpack"/> may take the fast way here.</summary>
    public static bool HasLanes => Avx512Vbmi.IsSupported;

    /// <summary>The bits that the largest number needs.</summary>
    public static int BitsFor(ReadOnlySpan<int> numbers)
    {
        var all = 0;
        foreach (var number in numbers)
            all |= number;
        return 32 - BitOperations.LeadingZeroCount((uint)all);
    }

    /// <summary>Bytes of so many numbers of so many bits.</summary>
    public static int BytesFor(int count, int bits) => (count * bits + 7) >> 3;

    /// <summary>Writes the numbers, none of more bits than said, and returns the bytes written.</summary>
    public static int Pack(ReadOnlySpan<int> numbers, int bits, Span<byte> target)
    {
        ulong pending = 0;
        int held = 0, at = 0;
        foreach (var number in numbers)
        {
            pending |= (ulong)(uint)number << held;
            for (held += bits; held >= 8; held -= 8, pending >>= 8)
                target[at++] = (byte)pending;
        }
        if (held > 0)
            target[at++] = (byte)pending;
        return at;
    }

    /// <summary>Reads numbers. The source must have 64 bytes behind them; the target holds a multiple of 16.</summary>
    public static void Unpack(ReadOnlySpan<byte> source, int count, int bits, Span<int> target, bool lanes = true)
    {
        if (bits == 0)
        {
            target[..count].Clear();
            return;
        }
        if (lanes && HasLanes && bits <= WidestLane)
            UnpackLanes(source, (count + 15) / 16, bits, target);
        else
            for (var i = 0; i < count; i++)
                target[i] = Single(source, i, bits);
    }

    /// <summary>Reads one number. The source must have 8 bytes behind the numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Single(ReadOnlySpan<byte> source, int index, int bits)
    {
        var bit = index * bits;
        return (int)(Unsafe.ReadUnaligned<ulong>(ref MemoryMarshal.GetReference(source.Slice(bit >> 3, 8))) >> (bit & 7)) & (int)((1u << bits) - 1);
    }

    static void UnpackLanes(ReadOnlySpan<byte> source, int groups, int bits, Span<int> target)
    {
        var (places, shift, mask) = (bytes[bits], shifts[bits], Vector512.Create((1u << bits) - 1));
        for (var group = 0; group < groups; group++)
        {
            var packed = Vector512.Create(source.Slice(group * 2 * bits, 64));
            var numbers = Avx512F.ShiftRightLogicalVariable(Avx512Vbmi.PermuteVar64x8(packed, places).AsUInt32(), shift) & mask;
            numbers.AsInt32().CopyTo(target.Slice(group * 16, 16));
        }
    }
}
