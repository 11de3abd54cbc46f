namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Turns a product of codes into an upper bound of a row's score: row scale × (product × <paramref name="Step"/> + <paramref name="Offset"/>)
/// + row rest × <paramref name="Weight"/>.
/// </summary>
/// <param name="Offset">Takes off the middle of the rows' codes and adds what the query's own codes may be off.</param>
/// <param name="Weight">How much of a row's rest may count for this query.</param>
readonly record struct RoughQuery(float Step, float Offset, float Weight)
{
    public static RoughQuery Of(ReadOnlySpan<float> query, QueryCodes codes, double deviations)
    {
        var squares = 0.0;
        foreach (var value in query)
            squares += (double)value * value;
        var root = Math.Sqrt(query.Length);
        // Of few dimensions all of the rest may lie along the query.
        var part = Math.Min(1, deviations / root);
        return new(
            codes.Step, (float)(RoughCodes.Largest * (part * root * codes.Residual - (double)codes.Step * codes.Sum)), (float)(part * Math.Sqrt(squares)));
    }
}
