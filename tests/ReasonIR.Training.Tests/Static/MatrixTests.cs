using ReasonIR.Training.Static;
using Xunit;

namespace ReasonIR.Training.Tests.Static;

public sealed class MatrixTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(8, 16, 32)]
    [InlineData(9, 17, 33)]
    [InlineData(70, 256, 45)]
    [InlineData(33, 5, 130)]
    public void Products_agree_with_the_definition_for_any_number_of_threads(int m, int k, int n)
    {
        var random = new Random(m * 31 + n);
        float[] a = Random(m * k), b = Random(k * n), transposed = new float[n * k];
        for (var i = 0; i < k; i++)
            for (var j = 0; j < n; j++)
                transposed[j * k + i] = b[i * n + j];
        float[] one = new float[m * n], many = new float[m * n], other = new float[m * n];
        MatrixProduct.Multiply(a, b, one, m, k, n, transposeB: false, threads: 1);
        MatrixProduct.Multiply(a, b, many, m, k, n, transposeB: false, threads: 3);
        MatrixProduct.Multiply(a, transposed, other, m, k, n, transposeB: true, threads: 2);

        Assert.Equal(one, many);
        Assert.Equal(one, other);
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++)
            {
                double sum = 0;
                for (var l = 0; l < k; l++)
                    sum += (double)a[i * k + l] * b[l * n + j];
                Assert.Equal(sum, one[i * n + j], 1e-4);
            }

        float[] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    public void Eigenvectors_diagonalize_the_matrix(int n)
    {
        var random = new Random(n);
        var matrix = new double[n * n];
        for (var i = 0; i < n; i++)
            for (var j = 0; j <= i; j++)
                matrix[i * n + j] = matrix[j * n + i] = random.NextDouble() - 0.5;
        var vectors = (double[])matrix.Clone();
        var values = SymmetricEigen.Decompose(vectors, n);

        Assert.Equal(values.OrderDescending(), values);
        for (var e = 0; e < n; e++)
            for (var i = 0; i < n; i++)
            {
                double product = 0;
                for (var j = 0; j < n; j++)
                    product += matrix[i * n + j] * vectors[e * n + j];
                Assert.Equal(values[e] * vectors[e * n + i], product, 1e-10);
            }
    }

    [Fact]
    public void The_randomized_SVD_finds_the_singular_vectors_of_a_known_matrix()
    {
        // X = sum of s_i u_i v_iᵀ with orthonormal u, v from the eigenvectors of random symmetric matrices.
        const int rows = 60, columns = 45;
        double[] singular = [9, 5, 2.5, 1.2, 0.6];
        var (u, v) = (Orthonormal(rows, 1), Orthonormal(columns, 2));
        var x = SparseMatrix.FromRows([.. Enumerable.Range(0, rows).Select(r => (Enumerable.Range(0, columns).ToArray(),
            Enumerable.Range(0, columns).Select(c => (float)singular.Select((s, i) => s * u[i * rows + r] * v[i * columns + c]).Sum()).ToArray()))], columns);

        var (scaled, values) = RandomizedSvd.Compute(x, rank: 8, seed: 3, threads: 2, TestContext.Current.CancellationToken);

        // Its rank is 5: no more is found, the rest is not filled with noise.
        Assert.Equal(singular, values.Take(5).Select(value => (double)value), (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.InRange(values.Length, 5, 8);
        Assert.All(values.Skip(5), value => Assert.True(value < 1e-3));
        for (var i = 0; i < 5; i++)
        {
            var cosine = Enumerable.Range(0, columns).Sum(c => scaled[c * values.Length + i] / values[i] * v[i * columns + c]);
            Assert.Equal(1, Math.Abs(cosine), 1e-4);
        }

        static double[] Orthonormal(int n, int seed)
        {
            var random = new Random(seed);
            var matrix = new double[n * n];
            for (var i = 0; i < n; i++)
                for (var j = 0; j <= i; j++)
                    matrix[i * n + j] = matrix[j * n + i] = random.NextDouble();
            SymmetricEigen.Decompose(matrix, n);
            return matrix;
        }
    }
}
