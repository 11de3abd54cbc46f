using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ReasonIR.Torch;

namespace ReasonIR.Benchmarks.Ranking;

/// <summary>What the machine can do at most, measured in the same run.</summary>
static class MachineLimits
{
    const int Passes = 3;

    // A result that nobody reads lets the compiler leave the work out, and a boxed one that is only kept alive is such a result.
    static float sink;

    /// <summary>Bytes read from memory a second by several threads at once.</summary>
    public static double BytesASecond(int threads)
    {
        // Larger than any cache for each thread.
        var arrays = Enumerable.Range(0, threads).Select(_ => GC.AllocateUninitializedArray<float>(32 << 20)).ToArray();
        foreach (var array in arrays)
            Array.Fill(array, 1);
        return (double)arrays.Length * arrays[0].Length * sizeof(float) / Best(() => Parallel.For(0, threads, thread =>
        {
            var sums = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            var vectors = MemoryMarshal.Cast<float, Vector<float>>(arrays[thread]);
            for (var i = 0; i + 3 < vectors.Length; i += 4)
            {
                sums.Item1 += vectors[i];
                sums.Item2 += vectors[i + 1];
                sums.Item3 += vectors[i + 2];
                sums.Item4 += vectors[i + 3];
            }
            Volatile.Write(ref sink, Vector.Sum(sums.Item1 + sums.Item2 + sums.Item3 + sums.Item4));
        }));
    }

    /// <summary>Multiply-adds of 32-bit floats a second by several threads at once, operands in registers.</summary>
    public static double FloatMultiplyAddsASecond(int threads)
    {
        const int steps = 20_000_000, accumulators = 8;
        return (double)threads * steps * accumulators * Vector512<float>.Count / Best(() => Parallel.For(0, threads, _ =>
        {
            var (a, b) = (Vector512.Create(0.999f), Vector512.Create(1e-3f));
            Vector512<float> s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a, s6 = a, s7 = a;
            for (var i = 0; i < steps; i++)
            {
                s0 = Vector512.MultiplyAddEstimate(s0, a, b);
                s1 = Vector512.MultiplyAddEstimate(s1, a, b);
                s2 = Vector512.MultiplyAddEstimate(s2, a, b);
                s3 = Vector512.MultiplyAddEstimate(s3, a, b);
                s4 = Vector512.MultiplyAddEstimate(s4, a, b);
                s5 = Vector512.MultiplyAddEstimate(s5, a, b);
                s6 = Vector512.MultiplyAddEstimate(s6, a, b);
                s7 = Vector512.MultiplyAddEstimate(s7, a, b);
            }
            Volatile.Write(ref sink, Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7));
        }));
    }

    /// <summary>The same of 16-bit integers added to 32-bit ones (AVX512-VNNI).</summary>
    public static double PairMultiplyAddsASecond(int threads)
    {
        const int steps = 20_000_000;
        var each = TorchRuntime.FixedMultiplyAdds(1);
        return (double)threads * steps * each / Best(() => Parallel.For(0, threads, _ => TorchRuntime.FixedMultiplyAdds(steps)));
    }

    static double Best(Action work)
    {
        var best = double.MaxValue;
        for (var pass = 0; pass < Passes; pass++)
        {
            var start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
