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
    /// <summary>A number and the bits before it in its first byte fit in a lane, and a block's gaps in 30 bits.</summary>
    const int WidestLane = 23;

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

    /// <summary>Reads numbers and adds 1 to each. The source must have 64 bytes behind them; the target holds a multiple of 16.</summary>
    public static void Unpack(ReadOnlySpan<byte> source, int count, int bits, Span<int> target, bool lanes = true)
    {
        if (lanes && HasLanes && bits <= WidestLane)
            for (var i = 0; i < count; i += 16)
                (Lanes(source, i, bits) + Vector512<int>.One).CopyTo(target.Slice(i, 16));
        else
            for (var i = 0; i < count; i++)
                target[i] = Single(source, i, bits) + 1;
    }

    /// <summary>
    /// Reads gaps and writes the ascending numbers that they lie between: each is the one before plus the gap plus 1. False where they do
    /// not fit in 31 bits. The source must have 64 bytes behind the gaps; the target holds a multiple of 16.
    /// </summary>
    /// <param name="before">The number before the first one, or -1.</param>
    public static bool UnpackAscending(ReadOnlySpan<byte> source, int count, int bits, int before, Span<int> target, bool lanes = true)
    {
        if (!lanes || !HasLanes || bits > WidestLane)
        {
            long number = before;
            for (var i = 0; i < count; i++)
                target[i] = (int)(number += Single(source, i, bits) + 1L);
            return number <= int.MaxValue;
        }
        var last = Vector512.Create(before);
        for (var i = 0; i < count; i += 16)
        {
            // Sums over lanes: each adds those 1, 2, 4 and 8 before it.
            var numbers = Lanes(source, i, bits) + Vector512<int>.One;
            numbers += Avx512F.AlignRight32(numbers, Vector512<int>.Zero, 15);
            numbers += Avx512F.AlignRight32(numbers, Vector512<int>.Zero, 14);
            numbers += Avx512F.AlignRight32(numbers, Vector512<int>.Zero, 12);
            numbers += Avx512F.AlignRight32(numbers, Vector512<int>.Zero, 8);
            numbers += last;
            numbers.CopyTo(target.Slice(i, 16));
            last = Avx512F.PermuteVar16x32(numbers, Vector512.Create(15));
        }
        // A block's gaps of 23 bits stay below 2^30: too high a number shows as a negative one.
        return target[count - 1] >= 0;
    }

    /// <summary>Reads one number. The source must have 8 bytes behind the numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Single(ReadOnlySpan<byte> source, int index, int bits)
    {
        var bit = index * bits;
        return (int)(Unsafe.ReadUnaligned<ulong>(ref MemoryMarshal.GetReference(source.Slice(bit >> 3, 8))) >> (bit & 7)) & (int)((1u << bits) - 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> Lanes(ReadOnlySpan<byte> source, int index, int bits)
    {
        var packed = Vector512.Create(source.Slice(index * bits >> 3, 64));
        return (Avx512F.ShiftRightLogicalVariable(Avx512Vbmi.PermuteVar64x8(packed, bytes[bits]).AsUInt32(), shifts[bits]) & Vector512.Create((1u << bits) - 1)).AsInt32();
    }
}
