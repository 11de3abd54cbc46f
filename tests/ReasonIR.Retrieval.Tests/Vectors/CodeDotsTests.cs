using ReasonIR.Retrieval.Vectors;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Vectors;

public sealed unsafe class CodeDotsTests
{
    /// <summary>Every path against plain integers, at the limits of the codes, too; bytes beyond the dimension do not count.</summary>
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
        foreach (var (rows, queries, stride) in new[] { (1, 1, 64), (4, 4, 64), (5, 3, 128), (13, 4, 1024), (9, 2, 4096), (4, 4, 65536) })
        {
            var (codes, wanted) = (new byte[rows * stride], new sbyte[queries * stride]);
            random.NextBytes(codes);
            for (var i = 0; i < wanted.Length; i += 2)
                (wanted[i], wanted[i + 1]) = stride == 65536 ? ((sbyte)127, (sbyte)1) : Pair(random);
            if (stride == 65536)
                Array.Fill(codes, (byte)255);
            var sums = new int[queries * 16];
            fixed (byte* row = codes)
            fixed (sbyte* query = wanted)
            fixed (int* sum = sums)
                CodeDots.Block(path, row, rows, query, queries, stride, sum, 16);
            for (var q = 0; q < queries; q++)
                for (var r = 0; r < rows; r++)
                    Assert.Equal(Enumerable.Range(0, stride).Sum(i => codes[r * stride + i] * wanted[q * stride + i]), sums[q * 16 + r]);
        }
    }

    static (sbyte, sbyte) Pair(Random random)
    {
        var a = random.Next(-128, 128);
        var rest = 128 - Math.Abs(a);
        return ((sbyte)a, (sbyte)random.Next(-rest, Math.Min(rest, 127) + 1));
    }

    [Fact]
    public void Queries_use_as_much_of_their_codes_as_no_path_saturates_with()
    {
        var random = new Random(4);
        foreach (var length in new[] { 1, 2, 7, 64, 999 })
        {
            var query = new float[length];
            foreach (ref var value in query.AsSpan())
                value = (random.NextSingle() - 0.5f) * 1e20f;
            var codes = new sbyte[length];
            var offset = QueryCodes.Encode(query, codes);
            Assert.Equal(128 * codes.Sum(x => x), offset);
            var largest = codes.Chunk(2).Max(pair => pair.Sum(x => Math.Abs((int)x)));
            Assert.InRange(largest, 126, 128);
        }
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
}
