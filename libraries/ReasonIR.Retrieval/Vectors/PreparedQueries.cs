namespace ReasonIR.Retrieval.Vectors;

/// <summary>Queries as the kernels read them: floats, padded with zeros to a multiple of 64, and codes of the rotated query for the first scan and of the query itself for the second look.</summary>
sealed unsafe class PreparedQueries : IDisposable
{
    /// <summary>
    /// By how many of its deviations a rough score can be too low. The rest that a row's codes leave stands in a random direction to a
    /// query after the rotation: its part along the query has deviation rest / √dimension, and is four of them in one of 30,000 cases, of which only those at the edge of the best k matter.
    /// </summary>
    const double Deviations = 4;

    readonly AlignedMemory floats, codes, first, second;
    readonly RoughQuery[] rough;
    readonly CloseQuery[] close;

    /// <exception cref="ArgumentException">Not a multiple of the dimension, or a value that is not finite.</exception>
    public PreparedQueries(ReadOnlySpan<float> queries, VectorIndexSettings settings)
    {
        Check(queries, settings);
        Count = queries.Length / settings.Dimension;
        Stride = (settings.Dimension + 63) / 64 * 64;
        CodeStride = 4 * RoughCodes.Stride(settings.Dimension);
        floats = new((long)Count * Stride * sizeof(float));
        codes = new((long)Count * CodeStride);
        (first, second) = (new((long)Count * Stride), new((long)Count * Stride));
        (rough, close) = (new RoughQuery[Count], new CloseQuery[Count]);
        var rotation = RandomRotation.Of(settings.Dimension);
        var rotated = new float[settings.Dimension];
        for (var q = 0; q < Count; q++)
        {
            var query = new Span<float>(Floats(q), settings.Dimension);
            queries.Slice(q * settings.Dimension, settings.Dimension).CopyTo(query);
            UnitLength.Prepare(query, settings.Metric);
            query.CopyTo(rotated);
            rotation.Apply(rotated);
            rough[q] = RoughQuery.Of(query, QueryCodes.Encode(rotated, new(Codes(q), settings.Dimension)), Deviations);
            close[q] = CloseQuery.Encode(query, new(first.Codes + (long)q * Stride, Stride), new(second.Codes + (long)q * Stride, Stride));
        }
    }

    public int Count { get; }

    /// <summary>Floats from query to query.</summary>
    public int Stride { get; }

    /// <summary>Codes from query to query.</summary>
    public int CodeStride { get; }

    public float* Floats(int query) => floats.Floats + (long)query * Stride;

    public sbyte* Codes(int query) => codes.Codes + (long)query * CodeStride;

    /// <summary>What bounds a query's scores from 2-bit codes.</summary>
    public RoughQuery Rough(int query) => rough[query];

    /// <summary>An upper bound of a query's score of a row from its 8-bit codes.</summary>
    public float Bound(int query, byte* codes, float scale) =>
        close[query].Bound(CloseDots.Products(codes, first.Codes + (long)query * Stride, second.Codes + (long)query * Stride, Stride), scale);

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
        first.Dispose();
        second.Dispose();
    }
}
