using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// A rotation that spreads whatever a vector's components are evenly over all of them: rounds of fixed random signs and a fast
/// Walsh-Hadamard transform of the longest power of two that fits, from the start and from the end by turns. Inner products stay what
/// they are. O(d log d). It belongs to the format: the same for each dimension always. Thread-safe.
/// </summary>
sealed unsafe class RandomRotation
{
    const int Rounds = 4;
    const ulong Seed = 0x5EED_0F_0DD_B17;

    readonly int dimension, block;
    readonly float[] signs;

    static RandomRotation? last;

    RandomRotation(int dimension)
    {
        this.dimension = dimension;
        block = 1 << (31 - int.LeadingZeroCount(dimension));
        signs = new float[Rounds * dimension];
        // Each round's signs carry its scale, so that lengths stay.
        var scale = (float)(1 / Math.Sqrt(block));
        var state = Seed;
        for (var round = 0; round < Rounds; round++)
            for (var i = 0; i < dimension; i++)
                signs[round * dimension + i] = (SplitMix(ref state) >> 63 == 0 ? 1 : -1) * (InBlock(round, i) ? scale : 1);
    }

    /// <summary>That of a dimension; the last one asked for is kept, as searches ask for the same one again and again.</summary>
    public static RandomRotation Of(int dimension) => last is { } there && there.dimension == dimension ? there : last = new(dimension);

    /// <summary>Rotates in place.</summary>
    public void Apply(Span<float> vector)
    {
        fixed (float* values = vector)
            for (var round = 0; round < Rounds; round++)
            {
                TensorPrimitives.Multiply(vector, signs.AsSpan(round * dimension, dimension), vector);
                Hadamard(values + Start(round), block);
            }
    }

    int Start(int round) => round % 2 == 0 ? 0 : dimension - block;

    bool InBlock(int round, int i) => i >= Start(round) && i < Start(round) + block;

    static void Hadamard(float* values, int length)
    {
        var width = Vector512<float>.Count;
        if (length < width)
        {
            for (var half = 1; half < length; half *= 2)
                for (var i = 0; i < length; i++)
                    if ((i & half) == 0)
                        (values[i], values[i + half]) = (values[i] + values[i + half], values[i] - values[i + half]);
            return;
        }
        var (s1, s2, s4, s8) = (Signs(1), Signs(2), Signs(4), Signs(8));
        for (var i = 0; i < length; i += width)
        {
            var v = Vector512.Load(values + i);
            v = Vector512.Shuffle(v, Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)) + v * s1;
            v = Vector512.Shuffle(v, Vector512.Create(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)) + v * s2;
            v = Vector512.Shuffle(v, Vector512.Create(4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)) + v * s4;
            v = Vector512.Shuffle(v, Vector512.Create(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)) + v * s8;
            v.Store(values + i);
        }
        for (var half = width; half < length; half *= 2)
            for (var at = 0; at < length; at += 2 * half)
                for (var i = at; i < at + half; i += width)
                {
                    var (a, b) = (Vector512.Load(values + i), Vector512.Load(values + i + half));
                    (a + b).Store(values + i);
                    (a - b).Store(values + i + half);
                }
    }

    static Vector512<float> Signs(int half)
    {
        var signs = new float[Vector512<float>.Count];
        for (var i = 0; i < signs.Length; i++)
            signs[i] = (i & half) == 0 ? 1 : -1;
        return Vector512.Create(signs);
    }

    static ulong SplitMix(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
