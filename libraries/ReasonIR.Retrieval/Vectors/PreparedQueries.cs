namespace ReasonIR.Retrieval.Vectors;

/// <summary>Queries as the kernels read them: floats and codes, padded with zeros to multiples of 64.</summary>
sealed unsafe class PreparedQueries : IDisposable
{
    readonly AlignedMemory floats, codes;
    readonly int[] offsets;

    /// <exception cref="ArgumentException">Not a multiple of the dimension, or a value that is not finite.</exception>
    public PreparedQueries(ReadOnlySpan<float> queries, VectorIndexSettings settings)
    {
        Check(queries, settings);
        Count = queries.Length / settings.Dimension;
        Stride = (settings.Dimension + 63) / 64 * 64;
        floats = new((long)Count * Stride * sizeof(float));
        codes = new((long)Count * Stride);
        offsets = new int[Count];
        for (var q = 0; q < Count; q++)
        {
            var query = new Span<float>(Floats(q), settings.Dimension);
            queries.Slice(q * settings.Dimension, settings.Dimension).CopyTo(query);
            UnitLength.Prepare(query, settings.Metric);
            offsets[q] = QueryCodes.Encode(query, new(Codes(q), settings.Dimension));
        }
    }

    public int Count { get; }

    /// <summary>From query to query, of floats and of codes.</summary>
    public int Stride { get; }

    public float* Floats(int query) => floats.Floats + (long)query * Stride;

    public sbyte* Codes(int query) => codes.Codes + (long)query * Stride;

    /// <summary>What the offset of the rows' codes adds to each product with a query's codes.</summary>
    public int Offset(int query) => offsets[query];

    /// <summary>Throws where queries cannot be searched for.</summary>
    public static void Check(ReadOnlySpan<float> queries, VectorIndexSettings settings)
    {
        if (queries.Length % settings.Dimension != 0)
            throw new ArgumentException($"{queries.Length} floats, expected a multiple of {settings.Dimension}");
        for (var q = 0; q < queries.Length / settings.Dimension; q++)
            if (!UnitLength.IsFinite(queries.Slice(q * settings.Dimension, settings.Dimension)))
                throw new ArgumentException($"query {q}: a value is not finite");
    }

    public void Dispose()
    {
        floats.Dispose();
        codes.Dispose();
    }
}
