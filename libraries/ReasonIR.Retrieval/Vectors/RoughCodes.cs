using System.Runtime.Intrinsics;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// 2-bit codes of rotated vectors, which a scan reads first: component ≈ (code − 1.5) × scale. The scale is such that what is left of the
/// vector stands at right angles to it, so that an inner product with the codes is neither too large nor too small on average, and how
/// long that rest is bounds how far it can be off. Component 256g + 64p + i lies in byte 64g + i, at bits 2p and 2p + 1.
/// </summary>
static unsafe class RoughCodes
{
    /// <summary>Components of a register's 64 bytes.</summary>
    public const int Group = 256;

    /// <summary>The largest distance of a code from the middle.</summary>
    public const float Largest = 1.5f;

    /// <summary>The best step between four even levels for normally distributed components of deviation 1.</summary>
    const double Step = 0.9957;

    /// <summary>Bytes of a row.</summary>
    public static int Stride(int dimension) => (dimension + Group - 1) / Group * (Group / 4);

    /// <summary>Encodes a rotated vector; its scale, and the length of the rest. One of which no rest can be told has scale 0 and an infinite rest.</summary>
    /// <param name="codes">As many bytes as the stride.</param>
    /// <param name="levels">Room for as many bytes as components, rounded up to a group.</param>
    public static (float Scale, float Residual) Encode(ReadOnlySpan<float> vector, Span<byte> codes, Span<byte> levels)
    {
        levels.Clear();
        var squares = Sum(vector, vector);
        var factor = (float)(Math.Sqrt(vector.Length / squares) / Step);
        if (squares == 0)
        {
            codes.Clear();
            return (0, 0);
        }
        if (!double.IsFinite(squares) || !float.IsNormal(factor) || !float.IsNormal((float)squares))
        {
            codes.Clear();
            return (0, float.PositiveInfinity);
        }
        var (along, own) = Levels(vector, factor, levels);
        for (var group = 0; group < codes.Length; group += 64)
            for (var i = 0; i < 64; i += Vector512<byte>.Count)
            {
                var from = levels[(4 * group + i)..];
                (Vector512.Create<byte>(from) | Shifted(from[64..], 2) | Shifted(from[128..], 4) | Shifted(from[192..], 6)).CopyTo(codes[(group + i)..]);
            }
        var scale = (float)(squares / along);
        // Rounding of the sums must not make the rest too short.
        return (scale, (float)(Math.Sqrt(Math.Max(0, (double)scale * scale * own - squares)) + 1e-4 * Math.Sqrt(squares)));

        static Vector512<byte> Shifted(ReadOnlySpan<byte> from, int bits) => (Vector512.Create<byte>(from).AsUInt16() << bits).AsByte();
    }

    /// <summary>The levels 0 to 3; the inner product of the vector with them, less the middle, and that of them with themselves.</summary>
    static (double Along, double Own) Levels(ReadOnlySpan<float> vector, float factor, Span<byte> levels)
    {
        var (along, own) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (alongRest, ownRest) = (0.0, 0.0);
        var i = 0;
        for (; i + 16 <= vector.Length; i += 16)
        {
            var x = Vector512.Create(vector[i..]);
            var level = Vector512.Clamp(Vector512.Floor(x * factor) + Vector512.Create(2f), Vector512<float>.Zero, Vector512.Create(3f));
            var centered = level - Vector512.Create(Largest);
            along += x * centered;
            own += centered * centered;
            var numbers = Vector512.ConvertToUInt32(level);
            Vector128.Narrow(Vector256.Narrow(numbers.GetLower(), numbers.GetUpper()).GetLower(), Vector256.Narrow(numbers.GetLower(), numbers.GetUpper()).GetUpper()).CopyTo(levels[i..]);
        }
        for (; i < vector.Length; i++)
        {
            var level = Math.Clamp(MathF.Floor(vector[i] * factor) + 2, 0, 3);
            levels[i] = (byte)level;
            alongRest += (double)vector[i] * (level - Largest);
            ownRest += (double)(level - Largest) * (level - Largest);
        }
        return (Vector512.Sum(along) + alongRest, Vector512.Sum(own) + ownRest);
    }

    static double Sum(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = Vector512<float>.Zero;
        var rest = 0.0;
        var i = 0;
        for (; i + 16 <= a.Length; i += 16)
            sum += Vector512.Create(a[i..]) * Vector512.Create(b[i..]);
        for (; i < a.Length; i++)
            rest += (double)a[i] * b[i];
        return Vector512.Sum(sum) + rest;
    }
}
