namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Signed 8-bit codes of a query, so small that two neighbors times a row's codes fit into 16 bits: |a| + |b| ≤ 128, hence
/// 255 × 128 ≤ 32,767 and no kernel saturates. The scale is one factor for all rows and is left out of the candidates' scores.
/// </summary>
static class QueryCodes
{
    /// <summary>Encodes; returns 128 × the sum of codes, which is what the rows' offset adds to each inner product.</summary>
    public static int Encode(ReadOnlySpan<float> query, Span<sbyte> codes)
    {
        var largest = 0.0;
        for (var i = 0; i < query.Length; i += 2)
            largest = Math.Max(largest, Math.Abs((double)query[i]) + (i + 1 < query.Length ? Math.Abs((double)query[i + 1]) : 0));
        codes.Clear();
        if (largest == 0)
            return 0;
        // Rounding adds at most a half to each of the two.
        var factor = 127 / largest;
        var sum = 0;
        for (var i = 0; i < query.Length; i++)
            sum += codes[i] = (sbyte)Math.Round(query[i] * factor);
        return RowCodes.Zero * sum;
    }
}
