namespace ReasonIR.Retrieval.Vectors;

/// <summary>The upper half of a 32-bit float.</summary>
static class BFloat16
{
    /// <summary>The nearest, ties to even; a finite value stays finite.</summary>
    public static ushort Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
        // Beyond the largest: infinity would spoil every score, the largest only its own.
        return (ushort)((rounded & 0x7FFF) == 0x7F80 ? rounded - 1 : rounded);
    }

    public static float ToSingle(ushort half) => BitConverter.UInt32BitsToSingle((uint)half << 16);
}
