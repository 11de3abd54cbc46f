namespace ReasonIR.Retrieval.Statistics;

/// <summary>The standard normal distribution, tails to about 1e-13 relative.</summary>
public static class NormalDistribution
{
    // W. J. Cody, Rational Chebyshev approximation for the error function, Mathematics of Computation 23 (1969).
    static readonly double[] Near = [1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3];
    static readonly double[] NearBelow = [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];

    static readonly double[] Middle =
    [
        2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
        8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
    ];

    static readonly double[] MiddleBelow =
    [
        1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
        4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
    ];

    static readonly double[] Far = [1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4];
    static readonly double[] FarBelow = [1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3];

    /// <summary>The probability of a value up to z.</summary>
    public static double Cumulative(double z) => z <= 0 ? Tail(-z) : 1 - Tail(z);

    /// <summary>The probability of a value above z.</summary>
    public static double Upper(double z) => Cumulative(-z);

    /// <summary>The probability of a value at least as far from 0 as z, either side.</summary>
    public static double TwoSided(double z) => Math.Min(1, 2 * Tail(Math.Abs(z)));

    /// <summary>The z below which a value lies with probability p.</summary>
    public static double Quantile(double p)
    {
        if (!(p >= 0 && p <= 1))
            throw new ArgumentOutOfRangeException(nameof(p), p, "expected 0 to 1");
        if (p is 0 or 1)
            return p == 0 ? double.NegativeInfinity : double.PositiveInfinity;
        if (p == 0.5)
            return 0;
        if (Math.Abs(p - 0.5) < 0.25)
            return Central(p - 0.5);
        var z = FromTail(Math.Min(p, 1 - p));
        return p < 0.5 ? -z : z;
    }

    /// <summary>z ≥ 0 with that upper tail: Newton's method on the logarithm of the tail, which is concave.</summary>
    static double FromTail(double tail)
    {
        var z = Math.Sqrt(-2 * Math.Log(tail));
        for (var step = 0; step < 60; step++)
        {
            var now = Tail(z);
            var change = now / Density(z) * (Math.Log(now) - Math.Log(tail));
            z += change;
            if (Math.Abs(change) <= 1e-15 * z)
                break;
        }
        return z;
    }

    /// <summary>z with P(0 ≤ Z ≤ z) = area (signed), for areas near 0, where the tail has lost the digits.</summary>
    static double Central(double area)
    {
        var z = area * Math.Sqrt(2 * Math.PI);
        for (var step = 0; step < 60; step++)
        {
            var change = (area - Erf(z / Math.Sqrt(2)) / 2) / Density(z);
            z += change;
            if (Math.Abs(change) <= 1e-15 * Math.Abs(z))
                break;
        }
        return z;
    }

    static double Density(double z) => Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);

    static double Tail(double z) => Erfc(z / Math.Sqrt(2)) / 2;

    static double Erf(double x) =>
        Math.Abs(x) <= 0.46875 ? x * Ratio(Near, NearBelow, x * x) : x > 0 ? 1 - Erfc(x) : Erfc(-x) - 1;

    /// <summary>1 − erf(x) for x ≥ 0.</summary>
    static double Erfc(double x)
    {
        if (x <= 0.46875)
            return 1 - Erf(x);
        // exp(−x²) in two factors, the first of which is exact in its argument.
        var coarse = Math.Truncate(x * 16) / 16;
        var gauss = Math.Exp(-coarse * coarse) * Math.Exp(-(x - coarse) * (x + coarse));
        if (x <= 4)
            return gauss * Ratio(Middle, MiddleBelow, x);
        var s = 1 / (x * x);
        return gauss * (1 / Math.Sqrt(Math.PI) - s * Ratio(Far, FarBelow, s)) / x;
    }

    static double Ratio(double[] above, double[] below, double x)
    {
        var (a, b) = (0.0, 0.0);
        foreach (var coefficient in above)
            a = a * x + coefficient;
        foreach (var coefficient in below)
            b = b * x + coefficient;
        return a / b;
    }
}
