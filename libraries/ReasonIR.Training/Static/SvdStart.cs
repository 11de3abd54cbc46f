using System.Numerics.Tensors;

namespace ReasonIR.Training.Static;

/// <summary>
/// The start of training: latent semantic analysis of the corpus (Deerwester et al. 1990). Rows are the right singular vectors of the
/// L2-normalized (1 + ln tf) · idf matrix, scaled to a mean norm of 0.5; a row's weight parameter is its idf over the largest.
/// </summary>
static class SvdStart
{
    const float MeanNorm = 0.5f;

    /// <summary>Dimensions that the corpus has no singular vector for get noise of this share of an element's usual size, so that training can use them.</summary>
    const float NoiseShare = 0.1f;

    /// <param name="documents">The rows of each document's words.</param>
    /// <param name="rows">Number of rows.</param>
    public static StaticParameters Compute(TextBatch documents, int rows, StaticOptions options, CancellationToken cancellation)
    {
        var frequency = new int[rows];
        var counts = new (int[] Columns, float[] Values)[documents.Count];
        var seen = new Dictionary<int, int>();
        for (var d = 0; d < documents.Count; d++)
        {
            seen.Clear();
            foreach (var row in documents[d])
                seen[row] = seen.GetValueOrDefault(row) + 1;
            var columns = seen.Keys.Order().ToArray();
            counts[d] = (columns, Array.ConvertAll(columns, row => 1 + MathF.Log(seen[row])));
            foreach (var row in columns)
                frequency[row]++;
        }
        var idf = Array.ConvertAll(frequency, df => MathF.Log((float)documents.Count / Math.Max(df, 1)));
        foreach (var (columns, values) in counts)
        {
            for (var i = 0; i < columns.Length; i++)
                values[i] *= idf[columns[i]];
            var norm = TensorPrimitives.Norm<float>(values);
            if (norm > 0)
                TensorPrimitives.Divide(values, norm, values);
        }

        var kept = counts.Length <= options.MaxSvdDocuments ? counts
            : [.. new Draws(options.Seed, int.MaxValue - 1).Distinct(options.MaxSvdDocuments, counts.Length).Order().Select(d => counts[d])];
        var (scaled, singular) = RandomizedSvd.Compute(SparseMatrix.FromRows(kept, rows), options.Dimension, options.Seed, options.Workers, cancellation);
        var found = singular.Length;
        var table = new float[(long)rows * options.Dimension];
        for (var row = 0; row < rows; row++)
            for (var i = 0; i < found; i++)
                table[row * options.Dimension + i] = scaled[row * found + i] / singular[i];
        Normalize(table, rows, found, options);
        var largest = Math.Max(idf.Length == 0 ? 0 : idf.Max(), 1e-6f);
        return new(table, Array.ConvertAll(idf, value => value / largest), options.Dimension);
    }

    static void Normalize(float[] table, int rows, int found, StaticOptions options)
    {
        var width = options.Dimension;
        double sum = 0;
        var nonzero = 0;
        for (var row = 0; row < rows; row++)
            if (TensorPrimitives.Norm<float>(table.AsSpan(row * width, width)) is > 0 and var norm)
            {
                sum += norm;
                nonzero++;
            }
        if (sum > 0)
            TensorPrimitives.Multiply(table, (float)(MeanNorm * nonzero / sum), table);
        if (found == width)
            return;
        var random = new Draws(options.Seed, int.MaxValue - 2);
        var noise = NoiseShare * MeanNorm / MathF.Sqrt(width);
        for (var row = 0; row < rows; row++)
            for (var i = found; i < width; i++)
                table[row * width + i] = noise * random.NextGaussian();
    }
}
