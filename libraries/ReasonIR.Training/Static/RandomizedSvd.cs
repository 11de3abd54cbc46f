namespace ReasonIR.Training.Static;

/// <summary>
/// Right singular vectors of a large sparse matrix: a random sketch, sharpened by subspace iteration with orthogonalization after every
/// half step (Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1). Deterministic by seed.
/// </summary>
static class RandomizedSvd
{
    const int Oversampling = 32, Iterations = 4;

    /// <param name="matrix">X [documents, terms].</param>
    /// <param name="rank">Singular vectors wanted.</param>
    /// <returns>V times the singular values, [terms, found], largest first, and the values; fewer than <paramref name="rank"/> where X has a lower rank.</returns>
    public static (float[] Scaled, float[] Values) Compute(SparseMatrix matrix, int rank, int seed, int threads, CancellationToken cancellation)
    {
        var width = Math.Min(rank + Oversampling, Math.Min(matrix.Rows, matrix.Columns));
        if (width == 0)
            return ([], []);
        var transpose = matrix.Transpose();
        var random = new Draws(seed, int.MaxValue);
        var sketch = new float[(long)matrix.Columns * width];
        for (var i = 0; i < sketch.Length; i++)
            sketch[i] = random.NextGaussian();

        var q = Orthonormalize(matrix.Multiply(sketch, width, threads), matrix.Rows, width, threads);
        for (var i = 0; i < Iterations; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var z = Orthonormalize(transpose.Multiply(q, width, threads), matrix.Columns, width, threads);
            q = Orthonormalize(matrix.Multiply(z, width, threads), matrix.Rows, width, threads);
        }
        cancellation.ThrowIfCancellationRequested();

        // B = Xᵀ Q = V S Wᵀ; the eigenvectors of BᵀB are W, so B W = V S.
        var b = transpose.Multiply(q, width, threads);
        var gram = Gram(b, matrix.Columns, width, threads);
        var squares = SymmetricEigen.Decompose(gram, width);
        var found = Math.Min(rank, squares.Count(value => value > 1e-9 * squares[0] && value > 1e-12));
        var w = new float[width * found];
        for (var i = 0; i < found; i++)
            for (var j = 0; j < width; j++)
                w[j * found + i] = (float)gram[i * width + j];
        var scaled = new float[(long)matrix.Columns * found];
        MatrixProduct.Multiply(b, w, scaled, matrix.Columns, width, found, transposeB: false, threads);
        return (scaled, [.. squares.Take(found).Select(value => (float)Math.Sqrt(value))]);
    }

    /// <summary>Cholesky QR, twice (the second pass brings back the digits that squaring the condition lost); directions without content become zero.</summary>
    static float[] Orthonormalize(float[] y, int rows, int width, int threads)
    {
        for (var pass = 0; pass < 2; pass++)
        {
            var inverse = InverseCholesky(Gram(y, rows, width, threads), width);
            var next = new float[y.Length];
            MatrixProduct.Multiply(y, inverse, next, rows, width, width, transposeB: false, threads);
            y = next;
        }
        return y;
    }

    /// <summary>YᵀY, summed in f64 over blocks of rows.</summary>
    static double[] Gram(float[] y, int rows, int width, int threads)
    {
        const int block = 1024;
        var sum = new double[width * width];
        var (transposed, part) = (new float[width * block], new float[width * width]);
        for (var start = 0; start < rows; start += block)
        {
            var count = Math.Min(block, rows - start);
            for (var i = 0; i < count; i++)
                for (var j = 0; j < width; j++)
                    transposed[j * count + i] = y[(start + i) * width + j];
            MatrixProduct.Multiply(transposed, y.AsSpan(start * width, count * width), part, width, count, width, transposeB: false, threads);
            for (var i = 0; i < sum.Length; i++)
                sum[i] += part[i];
        }
        return sum;
    }

    /// <summary>R⁻¹ of the Cholesky factorization G = RᵀR, upper triangular, [width, width].</summary>
    static float[] InverseCholesky(double[] g, int width)
    {
        var r = new double[width * width];
        double largest = 0;
        for (var i = 0; i < width; i++)
            largest = Math.Max(largest, g[i * width + i]);
        var dead = new bool[width];
        for (var i = 0; i < width; i++)
        {
            var pivot = g[i * width + i];
            for (var k = 0; k < i; k++)
                pivot -= r[k * width + i] * r[k * width + i];
            dead[i] = pivot <= 1e-10 * largest;
            r[i * width + i] = dead[i] ? 1 : Math.Sqrt(pivot);
            for (var j = i + 1; j < width && !dead[i]; j++)
            {
                var sum = g[i * width + j];
                for (var k = 0; k < i; k++)
                    sum -= r[k * width + i] * r[k * width + j];
                r[i * width + j] = sum / r[i * width + i];
            }
        }
        var inverse = new double[width * width];
        for (var j = 0; j < width; j++)
        {
            inverse[j * width + j] = 1 / r[j * width + j];
            for (var i = j - 1; i >= 0; i--)
            {
                double sum = 0;
                for (var k = i + 1; k <= j; k++)
                    sum += r[i * width + k] * inverse[k * width + j];
                inverse[i * width + j] = -sum / r[i * width + i];
            }
        }
        var result = new float[width * width];
        for (var i = 0; i < width; i++)
            for (var j = i; j < width; j++)
                result[i * width + j] = dead[j] ? 0 : (float)inverse[i * width + j];
        return result;
    }
}
