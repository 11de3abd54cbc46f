using System.Numerics.Tensors;
using ReasonIR.Retrieval.Vectors;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Vectors;

public sealed unsafe class CodeDotsTests
{
    /// <summary>Every path against plain integers, at the limits of the codes, too.</summary>
    [Theory]
    [InlineData("Portable")]
    [InlineData("Avx2")]
    [InlineData("Avx512")]
    public void Each_path_gives_the_exact_products(string name)
    {
        var path = Enum.Parse<CodePath>(name);
        if (!CodeDots.Has(path))
            Assert.Skip($"this processor has no {name}");
        var random = new Random(3);
        foreach (var (rows, queries, stride) in new[] { (1, 1, 64), (4, 4, 64), (5, 3, 128), (13, 4, 1024), (9, 2, 704), (4, 4, 16384) })
        {
            var (codes, wanted) = (new byte[rows * stride], new sbyte[queries * 4 * stride]);
            random.NextBytes(codes);
            foreach (ref var code in wanted.AsSpan())
                code = (sbyte)random.Next(-127, 128);
            if (stride == 16384)
            {
                Array.Fill(codes, (byte)255);
                Array.Fill(wanted, (sbyte)-127);
            }
            var sums = new int[queries * 16];
            fixed (byte* row = codes)
            fixed (sbyte* query = wanted)
            fixed (int* sum = sums)
                CodeDots.Block(path, row, rows, query, queries, stride, sum, 16);
            for (var q = 0; q < queries; q++)
                for (var r = 0; r < rows; r++)
                    Assert.Equal(Enumerable.Range(0, 4 * stride).Sum(i => Level(codes.AsSpan(r * stride, stride), i) * wanted[q * 4 * stride + i]), sums[q * 16 + r]);
        }
    }

    /// <summary>Component 256g + 64p + i: byte 64g + i, bits 2p and 2p + 1.</summary>
    static int Level(ReadOnlySpan<byte> codes, int component) => codes[component / 256 * 64 + component % 64] >> (component / 64 % 4 * 2) & 3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(100)]
    [InlineData(384)]
    [InlineData(1024)]
    [InlineData(3000)]
    public void A_rotation_keeps_inner_products_and_spreads_what_is_in_one_place(int dimension)
    {
        var (random, rotation) = (new Random(dimension), RandomRotation.Of(dimension));
        float[] Rotated(float[] vector)
        {
            var copy = (float[])vector.Clone();
            rotation.Apply(copy);
            return copy;
        }
        var (a, b) = (Normal(random, dimension), Normal(random, dimension));
        Assert.Equal(TensorPrimitives.Dot<float>(a, b), TensorPrimitives.Dot<float>(Rotated(a), Rotated(b)), 1e-3 * dimension);
        Assert.Equal(TensorPrimitives.Norm<float>(a), TensorPrimitives.Norm<float>(Rotated(a)), 1e-4 * Math.Sqrt(dimension));
        var one = new float[dimension];
        one[dimension / 2] = 1;
        if (dimension >= 100)
            Assert.InRange(Rotated(one).Max(Math.Abs), 0, 6 / MathF.Sqrt(dimension));
        Assert.Equal(Rotated(a), Rotated(a));
    }

    /// <summary>What the scan prunes by: hardly a score is above its bound, of vectors that have nothing random, too; and the bound is close.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(384)]
    [InlineData(1024)]
    public void Bounds_hold_and_are_close(int dimension)
    {
        var random = new Random(dimension);
        var (slack, broken) = (new List<double>(), 0);
        for (var trial = 0; trial < 3000; trial++)
        {
            // Random, sparse, of a few large components, or close to each other.
            var (row, query) = (Normal(random, dimension), Normal(random, dimension));
            if (trial % 4 == 1)
                for (var i = 0; i < dimension; i++)
                    (row[i], query[i]) = (i % 5 == 0 ? row[i] : 0, i % 7 == 0 ? query[i] : 0);
            else if (trial % 4 == 2)
                (row[0], query[0]) = (30, 30);
            else if (trial % 4 == 3)
                for (var i = 0; i < dimension; i++)
                    query[i] = row[i] + query[i] / 3;
            UnitLength.Prepare(row, VectorMetric.Cosine);
            using var prepared = new PreparedQueries(query, new(dimension));
            var score = TensorPrimitives.Dot<float>(row, new ReadOnlySpan<float>(prepared.Floats(0), dimension));
            RandomRotation.Of(dimension).Apply(row);
            var stride = RoughCodes.Stride(dimension);
            var codes = new byte[stride];
            var (scale, residual) = RoughCodes.Encode(row, codes, new byte[4 * stride]);
            int product;
            fixed (byte* own = codes)
                CodeDots.Block(CodeDots.Best, own, 1, prepared.Codes(0), 1, stride, &product, 1);
            var rough = prepared.Rough(0);
            var bound = scale * (product * rough.Step + rough.Offset) + residual * rough.Weight;
            broken += bound < score - 1e-6 ? 1 : 0;
            slack.Add(bound - score);
        }
        // One of 30,000 may be.
        Assert.InRange(broken, 0, 1);
        // Four deviations of what 2-bit codes leave, which is 0.37 of a vector, and a little for the query's codes.
        if (dimension >= 64)
            Assert.InRange(slack.Average(), 0, 4 * 0.42 / Math.Sqrt(dimension));
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(3e38f)]
    [InlineData(1e-42f)]
    public void Rows_are_rounded_to_the_nearest_code(float size)
    {
        var random = new Random(5);
        var row = new float[133];
        foreach (ref var value in row.AsSpan())
            value = (random.NextSingle() - 0.5f) * size;
        var codes = new byte[133];
        var scale = RowCodes.Encode(row, codes);
        var largest = row.Max(Math.Abs);
        for (var i = 0; i < row.Length; i++)
            Assert.InRange((double)row[i] / largest * 127 - (codes[i] - 128), -0.5001, 0.5001);
        Assert.Equal(largest / 127, scale);
        Assert.Equal(0, RowCodes.Encode(new float[133], codes));
        Assert.All(codes, code => Assert.Equal(128, code));
    }

    static float[] Normal(Random random, int dimension) =>
        [.. Enumerable.Range(0, dimension).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
}
