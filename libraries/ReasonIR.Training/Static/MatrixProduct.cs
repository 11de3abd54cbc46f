using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ReasonIR.Training.Static;

/// <summary>
/// Dense f32 matrix products in plain C#, row-major. B is packed into panels of 32 columns; the kernel holds a tile of 8 rows by
/// 32 columns of the result in 16 vector registers. Each element of the result is summed by one thread in one order: the same bits
/// for any number of threads.
/// </summary>
static unsafe class MatrixProduct
{
    const int Panel = 32, Tile = 8;

    /// <summary>C [m, n] = A [m, k] times B [k, n], or times Bᵀ with B [n, k].</summary>
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int m, int k, int n, bool transposeB, int threads)
    {
        if (a.Length < m * k || b.Length < k * n || c.Length < m * n)
            throw new ArgumentException($"The matrices [{m}, {k}], [{k}, {n}], [{m}, {n}] do not fit their spans.");
        var panels = (n + Panel - 1) / Panel;
        var packed = System.Buffers.ArrayPool<float>.Shared.Rent(panels * Panel * k);
        try
        {
            fixed (float* pa = a, pb = b, pc = c, pp = packed)
            {
                var (a0, b0, c0, p0) = ((nint)pa, (nint)pb, (nint)pc, (nint)pp);
                Partition.Run(panels, threads, 4, (from, to) =>
                {
                    for (var panel = from; panel < to; panel++)
                        Pack((float*)b0, (float*)p0 + (nint)panel * Panel * k, k, n, panel * Panel, transposeB);
                });
                var rows = (m + Tile - 1) / Tile;
                Partition.Run(rows, threads, 1, (from, to) => Rows((float*)a0, (float*)p0, (float*)c0, from * Tile, Math.Min(m, to * Tile), k, n));
            }
        }
        finally
        {
            System.Buffers.ArrayPool<float>.Shared.Return(packed);
        }
    }

    static void Pack(float* b, float* to, int k, int n, int column, bool transpose)
    {
        var width = Math.Min(Panel, n - column);
        if (width < Panel)
            new Span<float>(to, Panel * k).Clear();
        if (transpose)
            for (var j = 0; j < width; j++)
            {
                var from = b + (nint)(column + j) * k;
                for (var i = 0; i < k; i++)
                    to[(nint)i * Panel + j] = from[i];
            }
        else
            for (var i = 0; i < k; i++)
                new ReadOnlySpan<float>(b + (nint)i * n + column, width).CopyTo(new(to + (nint)i * Panel, Panel));
    }

    static void Rows(float* a, float* packed, float* c, int from, int to, int k, int n)
    {
        var spill = stackalloc float[Tile * Panel];
        // Panels outside, rows inside: a panel of B stays in the first-level cache while A streams past.
        for (var column = 0; column < n; column += Panel)
        {
            var panel = packed + (nint)column * k;
            var width = Math.Min(Panel, n - column);
            for (var row = from; row < to; row += Tile)
            {
                var height = Math.Min(Tile, to - row);
                if (height == Tile && width == Panel)
                    Kernel(a + (nint)row * k, panel, c + (nint)row * n + column, k, n);
                else
                    Edge(a + (nint)row * k, panel, c + (nint)row * n + column, k, n, height, width, spill);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Kernel(float* a, float* b, float* c, int k, int n)
    {
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default,
            c40 = default, c41 = default, c50 = default, c51 = default, c60 = default, c61 = default, c70 = default, c71 = default;
        float* a1 = a + k, a2 = a1 + k, a3 = a2 + k, a4 = a3 + k, a5 = a4 + k, a6 = a5 + k, a7 = a6 + k;
        for (var i = 0; i < k; i++, b += Panel)
        {
            var (b0, b1) = (Vector512.Load(b), Vector512.Load(b + 16));
            var x = Vector512.Create(a[i]);
            c00 = Vector512.FusedMultiplyAdd(x, b0, c00); c01 = Vector512.FusedMultiplyAdd(x, b1, c01);
            x = Vector512.Create(a1[i]);
            c10 = Vector512.FusedMultiplyAdd(x, b0, c10); c11 = Vector512.FusedMultiplyAdd(x, b1, c11);
            x = Vector512.Create(a2[i]);
            c20 = Vector512.FusedMultiplyAdd(x, b0, c20); c21 = Vector512.FusedMultiplyAdd(x, b1, c21);
            x = Vector512.Create(a3[i]);
            c30 = Vector512.FusedMultiplyAdd(x, b0, c30); c31 = Vector512.FusedMultiplyAdd(x, b1, c31);
            x = Vector512.Create(a4[i]);
            c40 = Vector512.FusedMultiplyAdd(x, b0, c40); c41 = Vector512.FusedMultiplyAdd(x, b1, c41);
            x = Vector512.Create(a5[i]);
            c50 = Vector512.FusedMultiplyAdd(x, b0, c50); c51 = Vector512.FusedMultiplyAdd(x, b1, c51);
            x = Vector512.Create(a6[i]);
            c60 = Vector512.FusedMultiplyAdd(x, b0, c60); c61 = Vector512.FusedMultiplyAdd(x, b1, c61);
            x = Vector512.Create(a7[i]);
            c70 = Vector512.FusedMultiplyAdd(x, b0, c70); c71 = Vector512.FusedMultiplyAdd(x, b1, c71);
        }
        c00.Store(c); c01.Store(c + 16); c += n;
        c10.Store(c); c11.Store(c + 16); c += n;
        c20.Store(c); c21.Store(c + 16); c += n;
        c30.Store(c); c31.Store(c + 16); c += n;
        c40.Store(c); c41.Store(c + 16); c += n;
        c50.Store(c); c51.Store(c + 16); c += n;
        c60.Store(c); c61.Store(c + 16); c += n;
        c70.Store(c); c71.Store(c + 16);
    }

    /// <summary>A tile at the border: row by row, in the kernel's order of summation.</summary>
    static void Edge(float* a, float* b, float* c, int k, int n, int height, int width, float* spill)
    {
        for (var row = 0; row < height; row++, a += k)
        {
            Vector512<float> low = default, high = default;
            for (var i = 0; i < k; i++)
            {
                var x = Vector512.Create(a[i]);
                low = Vector512.FusedMultiplyAdd(x, Vector512.Load(b + (nint)i * Panel), low);
                high = Vector512.FusedMultiplyAdd(x, Vector512.Load(b + (nint)i * Panel + 16), high);
            }
            low.Store(spill);
            high.Store(spill + 16);
            new ReadOnlySpan<float>(spill, width).CopyTo(new(c + (nint)row * n, width));
        }
    }
}
