namespace ReasonIR.Retrieval.Vectors;

/// <summary>What a query's signed 8-bit codes stand for: component ≈ code × step.</summary>
/// <param name="Step">From code to code.</param>
/// <param name="Sum">Of the codes: what the middle of the rows' codes takes off each product.</param>
/// <param name="Residual">Length of what the codes leave of the query.</param>
readonly record struct QueryCodes(float Step, int Sum, double Residual)
{
    /// <summary>Encodes a rotated query. A 2-bit code times these, twice, for 40 times: 16 bits hold it.</summary>
    public static QueryCodes Encode(ReadOnlySpan<float> query, Span<sbyte> codes)
    {
        codes.Clear();
        var largest = 0f;
        foreach (var value in query)
            largest = Math.Max(largest, Math.Abs(value));
        var step = largest / 127;
        if (!float.IsNormal(step))
            return new(0, 0, Length(query, codes, 0));
        var (sum, inverse) = (0, 1.0 / step);
        for (var i = 0; i < query.Length; i++)
            sum += codes[i] = (sbyte)Math.Round(query[i] * inverse);
        return new(step, sum, Length(query, codes, step));
    }

    static double Length(ReadOnlySpan<float> query, ReadOnlySpan<sbyte> codes, double step)
    {
        var squares = 0.0;
        for (var i = 0; i < query.Length; i++)
            squares += (query[i] - codes[i] * step) * (query[i] - codes[i] * step);
        return Math.Sqrt(squares);
    }
}
