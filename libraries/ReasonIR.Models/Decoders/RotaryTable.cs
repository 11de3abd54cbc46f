using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Models.Decoders;

/// <summary>Cosines and sines of every position that has occurred, f32 [positions, width / 2], grown in steps of doubling. Safe for several threads.</summary>
sealed class RotaryTable(RotaryConfig config, int width, int maxPositions) : IDisposable
{
    const int FirstSize = 512;

    readonly Lock gate = new();
    readonly float[] frequencies = config.Frequencies(width);
    Tensor? cosines, sines;

    /// <summary>The rows of the positions, [tokens, width / 2] each, in the current dispose scope.</summary>
    /// <param name="positions">int64 [tokens]</param>
    /// <param name="longest">The highest position plus one.</param>
    public (Tensor Cos, Tensor Sin) At(Tensor positions, long longest)
    {
        lock (gate)
        {
            if (cosines is null || sines is null || cosines.shape[0] < longest)
                Grow(longest, positions.device);
            return (cosines!.index_select(0, positions), sines!.index_select(0, positions));
        }
    }

    void Grow(long longest, Device device)
    {
        var rows = Math.Min(Math.Max(longest, maxPositions), (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(longest, FirstSize)));
        var half = frequencies.Length;
        var (cos, sin) = (new float[rows * half], new float[rows * half]);
        for (var position = 0; position < rows; position++)
            for (var i = 0; i < half; i++)
                (sin[position * half + i], cos[position * half + i]) = MathF.SinCos(position * frequencies[i]);
        Dispose();
        using var outside = NewDisposeScope();
        (cosines, sines) = (outside.Detach(tensor(cos, [rows, half]).to(device)), outside.Detach(tensor(sin, [rows, half]).to(device)));
    }

    public void Dispose()
    {
        cosines?.Dispose();
        sines?.Dispose();
        cosines = sines = null;
    }
}
