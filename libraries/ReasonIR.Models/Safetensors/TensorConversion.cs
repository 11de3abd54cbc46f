using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace ReasonIR.Models.Safetensors;

/// <summary>Conversions between a file's element types and the types we compute in. Sources are little-endian and may be unaligned.</summary>
static unsafe class TensorConversion
{
    /// <summary>Fills <paramref name="to"/> from as many elements at <paramref name="from"/>; false where the type has no conversion.</summary>
    public static bool TryToFloats(TensorType type, byte* from, Span<float> to)
    {
        switch (type)
        {
            case TensorType.F32: new ReadOnlySpan<float>(from, to.Length).CopyTo(to); return true;
            case TensorType.F16: TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(from, to.Length), to); return true;
            // bf16 is the upper half of an f32.
            case TensorType.BF16: FromBFloat16(from, to); return true;
            case TensorType.F64: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<double>(from, to.Length), to); return true;
            case TensorType.I64: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<long>(from, to.Length), to); return true;
            case TensorType.U64: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<ulong>(from, to.Length), to); return true;
            case TensorType.I32: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<int>(from, to.Length), to); return true;
            case TensorType.U32: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<uint>(from, to.Length), to); return true;
            case TensorType.I16: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<short>(from, to.Length), to); return true;
            case TensorType.U16: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<ushort>(from, to.Length), to); return true;
            case TensorType.I8: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<sbyte>(from, to.Length), to); return true;
            case TensorType.U8 or TensorType.Bool: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<byte>(from, to.Length), to); return true;
            default: return false;
        }
    }

    /// <summary>Fills <paramref name="to"/> from integers at <paramref name="from"/>; false for other types.</summary>
    public static bool TryToLongs(TensorType type, byte* from, Span<long> to)
    {
        switch (type)
        {
            case TensorType.I64: new ReadOnlySpan<long>(from, to.Length).CopyTo(to); return true;
            case TensorType.I32: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<int>(from, to.Length), to); return true;
            case TensorType.U32: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<uint>(from, to.Length), to); return true;
            case TensorType.I16: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<short>(from, to.Length), to); return true;
            case TensorType.U16: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<ushort>(from, to.Length), to); return true;
            case TensorType.I8: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<sbyte>(from, to.Length), to); return true;
            case TensorType.U8 or TensorType.Bool: TensorPrimitives.ConvertTruncating(new ReadOnlySpan<byte>(from, to.Length), to); return true;
            default: return false;
        }
    }

    /// <summary>Rounds to bf16, ties to even; a NaN stays one.</summary>
    public static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)(bits >> 16 | 0x40) : (ushort)(bits + 0x7FFF + (bits >> 16 & 1) >> 16);
    }

    static void FromBFloat16(byte* from, Span<float> to)
    {
        for (var i = 0; i < to.Length; i++)
            to[i] = BitConverter.UInt32BitsToSingle((uint)Unsafe.ReadUnaligned<ushort>(from + 2L * i) << 16);
    }
}
