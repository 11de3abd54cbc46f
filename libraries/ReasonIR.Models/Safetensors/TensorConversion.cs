using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ReasonIR.Models.Safetensors;

/// <summary>Conversions between a file's element types and the types we compute in. Sources are little-endian and may be unaligned.</summary>
static unsafe class TensorConversion
{
    /// <summary>The types that weights are stored in.</summary>
    public static bool IsFloat(TensorType type) => type is TensorType.F32 or TensorType.BF16 or TensorType.F16 or TensorType.F64;

    /// <summary>Fills <paramref name="to"/> from as many elements at <paramref name="from"/>; false where the type has no conversion.</summary>
    public static bool TryToFloats(TensorType type, byte* from, Span<float> to)
    {
        switch (type)
        {
            case TensorType.F32: new ReadOnlySpan<float>(from, to.Length).CopyTo(to); return true;
            case TensorType.F16: TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(from, to.Length), to); return true;
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

    /// <summary>Copies floating-point elements, rounding to nearest where the target is narrower.</summary>
    /// <param name="to">Bytes of whole elements of <paramref name="target"/>, which is f32, bf16 or f16.</param>
    public static void Copy(TensorType source, byte* from, TensorType target, Span<byte> to)
    {
        if (source == target)
        {
            new ReadOnlySpan<byte>(from, to.Length).CopyTo(to);
            return;
        }
        fixed (byte* p = to)
        {
            var count = to.Length / TensorTypes.Size(target);
            if (target == TensorType.F32)
            {
                TryToFloats(source, from, new Span<float>(p, count));
                return;
            }
            const int block = 1024;
            var values = stackalloc float[block];
            for (var done = 0; done < count; done += block)
            {
                var part = new Span<float>(values, Math.Min(block, count - done));
                TryToFloats(source, from + (long)done * TensorTypes.Size(source), part);
                FromFloats(part, target, p + 2L * done);
            }
        }
    }

    /// <summary>Rounds f32 to bf16 or f16, ties to even.</summary>
    public static void FromFloats(ReadOnlySpan<float> from, TensorType target, byte* to)
    {
        if (target == TensorType.F16)
        {
            TensorPrimitives.ConvertToHalf(from, new Span<Half>(to, from.Length));
            return;
        }
        if (target != TensorType.BF16)
            throw new ArgumentException($"f32 values cannot be stored as {TensorTypes.Name(target)}; F32, F16 or BF16 was expected.", nameof(target));
        var i = 0;
        fixed (float* p = from)
            for (; i + 16 <= from.Length; i += 16)
                Vector256.Narrow(Rounded(p + i), Rounded(p + i + 8)).Store((ushort*)to + i);
        for (; i < from.Length; i++)
            ((ushort*)to)[i] = ToBFloat16(from[i]);
    }

    /// <summary>Rounds to bf16, ties to even; a NaN stays one.</summary>
    public static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)(bits >> 16 | 0x40) : (ushort)(bits + 0x7FFF + (bits >> 16 & 1) >> 16);
    }

    /// <summary>As <see cref="ToBFloat16"/>, eight at a time.</summary>
    static Vector256<uint> Rounded(float* from)
    {
        var values = Vector256.Load(from);
        var bits = values.AsUInt32();
        var upper = bits >> 16;
        var rounded = (bits + Vector256.Create(0x7FFFu) + (upper & Vector256<uint>.One)) >> 16;
        return Vector256.ConditionalSelect(Vector256.IsNaN(values).AsUInt32(), upper | Vector256.Create(0x40u), rounded);
    }

    /// <summary>bf16 is the upper half of an f32.</summary>
    static void FromBFloat16(byte* from, Span<float> to)
    {
        var i = 0;
        fixed (float* p = to)
            for (; i + 16 <= to.Length; i += 16)
            {
                var (lower, upper) = Vector256.Widen(Vector256.Load((ushort*)(from + 2L * i)));
                (lower << 16).AsSingle().Store(p + i);
                (upper << 16).AsSingle().Store(p + i + 8);
            }
        for (; i < to.Length; i++)
            to[i] = BitConverter.UInt32BitsToSingle((uint)Unsafe.ReadUnaligned<ushort>(from + 2L * i) << 16);
    }
}
