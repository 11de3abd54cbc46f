namespace TorchSharp;

/// <summary>The upper half of a float: 8 bits of exponent, 7 of fraction. Conversion rounds to the nearest, ties to even.</summary>
public readonly record struct BFloat16(ushort value)
{
    public static explicit operator BFloat16(float number)
    {
        var bits = BitConverter.SingleToUInt32Bits(number);
        return float.IsNaN(number) ? new((ushort)(bits >> 16 | 0x40)) : new((ushort)(bits + 0x7FFF + (bits >> 16 & 1) >> 16));
    }

    public static implicit operator float(BFloat16 number) => BitConverter.UInt32BitsToSingle((uint)number.value << 16);

    public override string ToString() => ((float)this).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
