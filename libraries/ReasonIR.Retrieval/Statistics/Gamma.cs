namespace ReasonIR.Retrieval.Statistics;

/// <summary>The logarithm of the gamma function to about 1e-14 relative, also near its zeros at 1 and 2.</summary>
public static class Gamma
{
    /// <summary>ζ(k) − 1 for k = 2, 3 …: the coefficients of ln Γ around 2.</summary>
    static readonly double[] ZetaMinusOne =
    [
        0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
        0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853, 0.0004941886041194645,
        0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-05, 3.058823630702049e-05, 1.528225940865187e-05,
        7.637197637899763e-06, 3.81729326499984e-06, 1.908212716553939e-06, 9.539620338727962e-07, 4.769329867878064e-07,
        2.38450502727733e-07, 1.1921992596531106e-07, 5.960818905125948e-08, 2.980350351465228e-08, 1.4901554828365043e-08,
        7.45071178983543e-09, 3.725334024788457e-09, 1.862659723513049e-09, 9.313274324196682e-10, 4.656629065033784e-10,
        2.3283118336765053e-10,
    ];

    const double OneMinusEuler = 0.42278433509846714;
    const double HalfLogTwoPi = 0.9189385332046728;

    /// <summary>ln Γ(x) for x &gt; 0.</summary>
    public static double Log(double x)
    {
        if (!(x > 0))
            throw new ArgumentOutOfRangeException(nameof(x), x, "expected a number above 0");
        if (x < 0.5)
            return AroundTwo(x) - Numbers.LogOnePlus(x) - Math.Log(x);
        if (x <= 1.5)
            return AroundTwo(x - 1) - Numbers.LogOnePlus(x - 1);
        if (x <= 2.5)
            return AroundTwo(x - 2);
        var product = 1.0;
        for (; x < 10; x++)
            product *= x;
        return (x - 0.5) * Math.Log(x) - x + HalfLogTwoPi + StirlingError(x) - Math.Log(product);
    }

    /// <summary>δ(x) in ln Γ(x) = (x − ½) ln x − x + ½ ln 2π + δ(x), for x ≥ 10.</summary>
    internal static double StirlingError(double x)
    {
        var s = 1 / (x * x);
        return (1 / 12.0 - s * (1 / 360.0 - s * (1 / 1260.0 - s * (1 / 1680.0 - s * (1 / 1188.0 - s * 691 / 360360.0))))) / x;
    }

    /// <summary>ln Γ(2 + z) for |z| ≤ ½.</summary>
    static double AroundTwo(double z)
    {
        var sum = 0.0;
        for (var k = ZetaMinusOne.Length + 1; k >= 2; k--)
            sum = z * ((k % 2 == 0 ? 1 : -1) * ZetaMinusOne[k - 2] / k + sum);
        return z * (OneMinusEuler + sum);
    }
}
