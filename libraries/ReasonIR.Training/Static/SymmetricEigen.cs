namespace ReasonIR.Training.Static;

/// <summary>
/// Eigenvalues and eigenvectors of a small symmetric matrix in f64: Householder reduction to tridiagonal form, then implicit QL
/// (Bowdler, Martin, Reinsch, Wilkinson 1968; EISPACK's tred2 and tql2). O(n³).
/// </summary>
static class SymmetricEigen
{
    /// <param name="matrix">[n, n], row-major, symmetric; overwritten by the eigenvectors, one a row.</param>
    /// <param name="n">Its size.</param>
    /// <returns>The eigenvalues, falling; row i of <paramref name="matrix"/> belongs to value i.</returns>
    public static double[] Decompose(double[] matrix, int n)
    {
        var (d, e) = (new double[n], new double[n]);
        // v is kept transposed (v[j, i] = V[i, j]), so that the inner loops run along rows.
        var v = matrix;
        Tridiagonalize(v, d, e, n);
        Diagonalize(v, d, e, n);

        var order = Enumerable.Range(0, n).OrderByDescending(i => d[i]).ToArray();
        var sorted = new double[n * n];
        for (var i = 0; i < n; i++)
            v.AsSpan(order[i] * n, n).CopyTo(sorted.AsSpan(i * n));
        sorted.CopyTo(matrix, 0);
        return [.. order.Select(i => d[i])];
    }

    static void Tridiagonalize(double[] v, double[] d, double[] e, int n)
    {
        for (var j = 0; j < n; j++)
            d[j] = v[j * n + n - 1];
        for (var i = n - 1; i > 0; i--)
        {
            double scale = 0, h = 0;
            for (var k = 0; k < i; k++)
                scale += Math.Abs(d[k]);
            if (scale == 0)
            {
                e[i] = d[i - 1];
                for (var j = 0; j < i; j++)
                {
                    d[j] = v[j * n + i - 1];
                    v[j * n + i] = 0;
                    v[i * n + j] = 0;
                }
            }
            else
            {
                for (var k = 0; k < i; k++)
                {
                    d[k] /= scale;
                    h += d[k] * d[k];
                }
                var f = d[i - 1];
                var g = f > 0 ? -Math.Sqrt(h) : Math.Sqrt(h);
                e[i] = scale * g;
                h -= f * g;
                d[i - 1] = f - g;
                Array.Clear(e, 0, i);
                for (var j = 0; j < i; j++)
                {
                    f = d[j];
                    v[i * n + j] = f;
                    g = e[j] + v[j * n + j] * f;
                    for (var k = j + 1; k < i; k++)
                    {
                        g += v[j * n + k] * d[k];
                        e[k] += v[j * n + k] * f;
                    }
                    e[j] = g;
                }
                f = 0;
                for (var j = 0; j < i; j++)
                {
                    e[j] /= h;
                    f += e[j] * d[j];
                }
                var hh = f / (h + h);
                for (var j = 0; j < i; j++)
                    e[j] -= hh * d[j];
                for (var j = 0; j < i; j++)
                {
                    f = d[j];
                    g = e[j];
                    for (var k = j; k < i; k++)
                        v[j * n + k] -= f * e[k] + g * d[k];
                    d[j] = v[j * n + i - 1];
                    v[j * n + i] = 0;
                }
            }
            d[i] = h;
        }
        for (var i = 0; i < n - 1; i++)
        {
            v[i * n + n - 1] = v[i * n + i];
            v[i * n + i] = 1;
            var h = d[i + 1];
            if (h != 0)
            {
                for (var k = 0; k <= i; k++)
                    d[k] = v[(i + 1) * n + k] / h;
                for (var j = 0; j <= i; j++)
                {
                    double g = 0;
                    for (var k = 0; k <= i; k++)
                        g += v[(i + 1) * n + k] * v[j * n + k];
                    for (var k = 0; k <= i; k++)
                        v[j * n + k] -= g * d[k];
                }
            }
            for (var k = 0; k <= i; k++)
                v[(i + 1) * n + k] = 0;
        }
        for (var j = 0; j < n; j++)
        {
            d[j] = v[j * n + n - 1];
            v[j * n + n - 1] = 0;
        }
        v[n * n - 1] = 1;
        e[0] = 0;
    }

    static void Diagonalize(double[] v, double[] d, double[] e, int n)
    {
        for (var i = 1; i < n; i++)
            e[i - 1] = e[i];
        e[n - 1] = 0;
        double f = 0, test = 0;
        for (var l = 0; l < n; l++)
        {
            test = Math.Max(test, Math.Abs(d[l]) + Math.Abs(e[l]));
            var m = l;
            while (m < n - 1 && Math.Abs(e[m]) > double.Epsilon + 2.220446049250313e-16 * test)
                m++;
            for (var iteration = 0; m > l && iteration < 200; iteration++)
            {
                var g = d[l];
                var p = (d[l + 1] - g) / (2 * e[l]);
                var r = double.Hypot(p, 1);
                if (p < 0)
                    r = -r;
                d[l] = e[l] / (p + r);
                d[l + 1] = e[l] * (p + r);
                var next = d[l + 1];
                var h = g - d[l];
                for (var i = l + 2; i < n; i++)
                    d[i] -= h;
                f += h;
                p = d[m];
                double c = 1, c2 = 1, c3 = 1, s = 0, s2 = 0;
                var el1 = e[l + 1];
                for (var i = m - 1; i >= l; i--)
                {
                    c3 = c2;
                    c2 = c;
                    s2 = s;
                    g = c * e[i];
                    h = c * p;
                    r = double.Hypot(p, e[i]);
                    e[i + 1] = s * r;
                    s = e[i] / r;
                    c = p / r;
                    p = c * d[i] - s * g;
                    d[i + 1] = h + s * (c * g + s * d[i]);
                    var low = v.AsSpan(i * n, n);
                    var high = v.AsSpan((i + 1) * n, n);
                    for (var k = 0; k < n; k++)
                    {
                        h = high[k];
                        high[k] = s * low[k] + c * h;
                        low[k] = c * low[k] - s * h;
                    }
                }
                p = -s * s2 * c3 * el1 * e[l] / next;
                e[l] = s * p;
                d[l] = c * p;
                if (Math.Abs(e[l]) <= 2.220446049250313e-16 * test)
                    break;
            }
            d[l] += f;
            e[l] = 0;
        }
    }
}
