namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// A query as two signed 8-bit codes a component, the second of what the first leaves, and what bounds a row's score from its 8-bit codes:
/// row scale × ((first product − <paramref name="FirstOffset"/>) × <paramref name="FirstStep"/> + the same of the second + <paramref name="Slack"/>).
/// </summary>
/// <param name="Slack">What rounding of the row and of the query can change at most, in units of the row's scale.</param>
readonly record struct CloseQuery(float FirstStep, int FirstOffset, float SecondStep, int SecondOffset, float Slack)
{
    /// <summary>Encodes a query; components beyond it are 0.</summary>
    public static CloseQuery Encode(ReadOnlySpan<float> query, Span<sbyte> first, Span<sbyte> second)
    {
        var rest = query.ToArray();
        var magnitudes = Magnitudes(query);
        var (firstStep, firstOffset) = Codes(rest, first);
        var (secondStep, secondOffset) = Codes(rest, second);
        // A row's component is off by half a code; what is left of the query meets codes of 127 at most. A little more for the rounding of floats.
        var slack = (magnitudes / 2 + RowCodes.Largest * Magnitudes(rest)) * 1.001;
        return new(firstStep, firstOffset, secondStep, secondOffset, (float)slack);
    }

    /// <summary>An upper bound of a score from the products with a row's codes.</summary>
    public float Bound((int First, int Second) products, float scale) =>
        scale * ((products.First - FirstOffset) * FirstStep + (products.Second - SecondOffset) * SecondStep + Slack);

    static double Magnitudes(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += Math.Abs((double)value);
        return sum;
    }

    /// <summary>Encodes and leaves what the codes do not hold; the step, and what the middle of the rows' codes adds to each product.</summary>
    static (float Step, int Offset) Codes(Span<float> values, Span<sbyte> codes)
    {
        codes.Clear();
        var largest = 0f;
        for (var i = 0; i < values.Length; i += 2)
            largest = Math.Max(largest, Math.Abs(values[i]) + (i + 1 < values.Length ? Math.Abs(values[i + 1]) : 0));
        // Rounding adds at most a half to each of two neighbors.
        var step = largest / RowCodes.Largest;
        if (!float.IsNormal(step))
            return (0, 0);
        var inverse = 1.0 / step;
        for (var i = 0; i < values.Length; i++)
        {
            codes[i] = (sbyte)Math.Round(values[i] * inverse);
            values[i] = (float)(values[i] - (double)codes[i] * step);
        }
        var sum = 0;
        for (var i = 0; i < values.Length; i++)
            sum += codes[i];
        return (step, RowCodes.Zero * sum);
    }
}
