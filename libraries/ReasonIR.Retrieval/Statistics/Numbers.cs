namespace ReasonIR.Retrieval.Statistics;

/// <summary>Elementary functions where the framework loses digits.</summary>
static class Numbers
{
    /// <summary>ln(1 + x) for small x too (Goldberg 1991, theorem 4).</summary>
    public static double LogOnePlus(double x)
    {
        var u = 1 + x;
        return u == 1 ? x : double.IsInfinity(u) ? u : Math.Log(u) * x / (u - 1);
    }
}
