namespace ReasonIR.Retrieval.Statistics;

/// <summary>
/// Student's t distribution by the incomplete beta function: tails keep their relative precision, which a normal
/// approximation does not (p = 1e-26 occurs between real systems).
/// </summary>
public static class StudentT
{
    /// <summary>The probability of a value up to t.</summary>
    /// <param name="degreesOfFreedom">Above 0.</param>
    public static double Cumulative(double t, double degreesOfFreedom) => t <= 0
        ? TwoSided(t, degreesOfFreedom) / 2
        : 1 - TwoSided(t, degreesOfFreedom) / 2;

    /// <summary>The probability of a value at least as far from 0 as t, either side.</summary>
    public static double TwoSided(double t, double degreesOfFreedom)
    {
        if (!(degreesOfFreedom > 0))
            throw new ArgumentOutOfRangeException(nameof(degreesOfFreedom), degreesOfFreedom, "expected a number above 0");
        if (double.IsInfinity(t))
            return 0;
        var (x, y) = Parts(t, degreesOfFreedom);
        return Beta.Regularized(degreesOfFreedom / 2, 0.5, x, y);
    }

    /// <summary>The t below which a value lies with probability p.</summary>
    public static double Quantile(double p, double degreesOfFreedom)
    {
        if (!(p >= 0 && p <= 1))
            throw new ArgumentOutOfRangeException(nameof(p), p, "expected 0 to 1");
        if (p is 0 or 1)
            return p == 0 ? double.NegativeInfinity : double.PositiveInfinity;
        if (p == 0.5)
            return 0;
        // Far from the middle the tail is solved for, near it the area between −t and t: each where it has its digits.
        var t = Math.Abs(p - 0.5) < 0.25
            ? Solve(degreesOfFreedom, 2 * Math.Abs(p - 0.5), central: true)
            : Solve(degreesOfFreedom, 2 * Math.Min(p, 1 - p), central: false);
        return p < 0.5 ? -t : t;
    }

    /// <summary>t &gt; 0 with that area: Newton's method in ln t on the logarithm of the area, kept between bounds.</summary>
    static double Solve(double degreesOfFreedom, double wanted, bool central)
    {
        var (low, high) = (double.NegativeInfinity, double.PositiveInfinity);
        var logT = 0.0;
        for (var step = 0; step < 200; step++)
        {
            var t = Math.Exp(logT);
            var (x, y) = Parts(t, degreesOfFreedom);
            var area = central ? Beta.Regularized(0.5, degreesOfFreedom / 2, y, x) : Beta.Regularized(degreesOfFreedom / 2, 0.5, x, y);
            var difference = Math.Log(area) - Math.Log(wanted);
            if ((difference < 0) == central)
                low = logT;
            else
                high = logT;
            var slope = 2 * t * Density(t, degreesOfFreedom) / area * (central ? 1 : -1);
            var next = logT - difference / slope;
            if (!(next > low && next < high))
                next = double.IsInfinity(low) ? high - 1 : double.IsInfinity(high) ? low + 1 : (low + high) / 2;
            if (Math.Abs(next - logT) < 1e-15 || next == logT)
                return Math.Exp(next);
            logT = next;
        }
        return Math.Exp(logT);
    }

    static double Density(double t, double degreesOfFreedom)
    {
        // ln B(ν/2, ½) from the beta function's own asymptotics would do; the density only steers Newton's steps.
        var half = degreesOfFreedom / 2;
        return Math.Exp(
            Gamma.Log(half + 0.5) - Gamma.Log(half) - 0.5 * Math.Log(degreesOfFreedom * Math.PI)
            - (half + 0.5) * Numbers.LogOnePlus(t * t / degreesOfFreedom));
    }

    /// <summary>x = ν / (ν + t²) and 1 − x, both with all digits; t² may overflow.</summary>
    static (double X, double Y) Parts(double t, double degreesOfFreedom)
    {
        var ratio = t / Math.Sqrt(degreesOfFreedom);
        var square = ratio * ratio;
        return double.IsInfinity(square) ? (0, 1) : (1 / (1 + square), square / (1 + square));
    }
}
