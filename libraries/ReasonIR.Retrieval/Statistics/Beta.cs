namespace ReasonIR.Retrieval.Statistics;

/// <summary>The regularized incomplete beta function I_x(a, b), tails to about 1e-11 relative for a, b up to 1e6.</summary>
public static class Beta
{
    /// <summary>From here on Stirling's formula is used for Γ, which keeps the difference of large logarithms exact.</summary>
    const double Large = 10;

    /// <summary>I_x(a, b) for 0 ≤ x ≤ 1 and a, b &gt; 0.</summary>
    public static double Regularized(double a, double b, double x) => Regularized(a, b, x, 1 - x);

    /// <summary>As above with y = 1 − x given, for x so near 1 that the subtraction would lose digits.</summary>
    internal static double Regularized(double a, double b, double x, double y)
    {
        if (!(a > 0) || !(b > 0) || !(x >= 0) || !(y >= 0))
            throw new ArgumentOutOfRangeException(nameof(x), $"I_{x}({a}, {b}): expected 0 ≤ x ≤ 1 and a, b > 0");
        if (x == 0 || y == 0)
            return x == 0 ? 0 : 1;
        // The continued fraction converges fast below the mean; above it, the complement does.
        return a * y >= b * x
            ? Math.Exp(LogPower(a, b, x, y)) * Fraction(a, b, x, y)
            : 1 - Math.Exp(LogPower(b, a, y, x)) * Fraction(b, a, y, x);
    }

    /// <summary>ln of x^a y^b / B(a, b).</summary>
    static double LogPower(double a, double b, double x, double y)
    {
        if (a >= Large && b >= Large)
        {
            var d = x * b - y * a;
            return a * Numbers.LogOnePlus(d / a) + b * Numbers.LogOnePlus(-d / b)
                + 0.5 * Math.Log(a / (2 * Math.PI) * (b / (a + b)))
                + Gamma.StirlingError(a + b) - Gamma.StirlingError(a) - Gamma.StirlingError(b);
        }
        var powers = a * LogOf(x, y) + b * LogOf(y, x);
        if (a < Large && b < Large)
            return powers + Gamma.Log(a + b) - Gamma.Log(a) - Gamma.Log(b);
        var (small, large) = a < b ? (a, b) : (b, a);
        return powers - LogRatio(large, small) - Gamma.Log(small);
    }

    /// <summary>ln x, from y = 1 − x where x is near 1.</summary>
    static double LogOf(double x, double y) => y < 0.5 ? Numbers.LogOnePlus(-y) : Math.Log(x);

    /// <summary>ln Γ(a) − ln Γ(a + b) for large a.</summary>
    static double LogRatio(double a, double b) =>
        b - b * Math.Log(a + b) - (a - 0.5) * Numbers.LogOnePlus(b / a) + Gamma.StirlingError(a) - Gamma.StirlingError(a + b);

    /// <summary>
    /// The continued fraction of A. Didonato and A. Morris (ACM TOMS 708, 1992, BFRAC), for x up to the mean: it takes the
    /// distance to the mean as a number of its own, where the plain fraction loses five digits at a = 1e6.
    /// </summary>
    static double Fraction(double a, double b, double x, double y)
    {
        const int mostSteps = 100_000;
        var lambda = a * y - b * x;
        var c = 1 + lambda;
        var (c0, c1) = (b / a, 1 + 1 / a);
        var (p, s) = (1.0, a + 1);
        var (an, bn, anNext, bnNext) = (0.0, 1.0, 1.0, c / c1);
        var value = c1 / c;
        for (var n = 1; n <= mostSteps; n++)
        {
            var t = n / a;
            var w = n * (b - n) * x;
            var e = a / s;
            var alpha = p * (p + c0) * e * e * (w * x);
            e = (1 + t) / (c1 + t + t);
            var beta = n + w / s + e * (c + n * (1 + y));
            p = 1 + t;
            s += 2;
            (an, anNext) = (anNext, alpha * an + beta * anNext);
            (bn, bnNext) = (bnNext, alpha * bn + beta * bnNext);
            var previous = value;
            value = anNext / bnNext;
            if (Math.Abs(value - previous) <= 1e-16 * value)
                return value;
            (an, bn, anNext, bnNext) = (an / bnNext, bn / bnNext, value, 1);
        }
        return value;
    }
}
