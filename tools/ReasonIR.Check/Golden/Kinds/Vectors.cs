namespace ReasonIR.Check.Golden.Kinds;

/// <summary>Comparison of long vectors: the worst element counts once, so that a tally shows it and not a million others.</summary>
static class Vectors
{
    /// <summary>Compares by the largest absolute difference.</summary>
    public static void Near(this GoldenTally tally, string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, Tolerance within)
    {
        if (expected.Length != actual.Length)
        {
            tally.Fail($"{what}: expected {expected.Length} elements, found {actual.Length}");
            return;
        }
        var worst = 0;
        for (var i = 0; i < expected.Length; i++)
            if (!(Math.Abs(expected[i] - actual[i]) <= Math.Abs(expected[worst] - actual[worst])))
                worst = i;
        if (expected.Length > 0)
            tally.Near($"{what}[{worst}]", expected[worst], actual[worst], within);
    }

    /// <summary>A tolerance that stands as a plain number: the largest absolute error.</summary>
    public static Tolerance Absolute(this GoldenManifest manifest, string name) => new(manifest.ToleranceElement(name).GetDouble(), 0);
}
