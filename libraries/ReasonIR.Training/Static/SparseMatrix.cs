using System.Numerics.Tensors;

namespace ReasonIR.Training.Static;

/// <summary>A sparse f32 matrix by rows (CSR), with its transpose beside it so that both products gather and none scatters.</summary>
sealed class SparseMatrix
{
    readonly int[] starts, columns;
    readonly float[] values;

    SparseMatrix(int[] starts, int[] columns, float[] values, int columnCount)
    {
        (this.starts, this.columns, this.values, Columns) = (starts, columns, values, columnCount);
    }

    public int Rows => starts.Length - 1;

    public int Columns { get; }

    public static SparseMatrix FromRows(IReadOnlyList<(int[] Columns, float[] Values)> rows, int columnCount)
    {
        var starts = new int[rows.Count + 1];
        for (var i = 0; i < rows.Count; i++)
            starts[i + 1] = checked(starts[i] + rows[i].Columns.Length);
        var (columns, values) = (new int[starts[^1]], new float[starts[^1]]);
        for (var i = 0; i < rows.Count; i++)
        {
            rows[i].Columns.CopyTo(columns, starts[i]);
            rows[i].Values.CopyTo(values, starts[i]);
        }
        return new(starts, columns, values, columnCount);
    }

    public SparseMatrix Transpose()
    {
        var to = new int[Columns + 1];
        foreach (var column in columns)
            to[column + 1]++;
        for (var i = 0; i < Columns; i++)
            to[i + 1] += to[i];
        var (next, rowsOf, valuesOf) = ((int[])to.Clone(), new int[columns.Length], new float[columns.Length]);
        for (var row = 0; row < Rows; row++)
            for (var at = starts[row]; at < starts[row + 1]; at++)
            {
                var place = next[columns[at]]++;
                rowsOf[place] = row;
                valuesOf[place] = values[at];
            }
        return new(to, rowsOf, valuesOf, Rows);
    }

    /// <summary>This [Rows, Columns] times a dense [Columns, width].</summary>
    public float[] Multiply(float[] dense, int width, int threads)
    {
        var result = new float[(long)Rows * width];
        Partition.Run(Rows, threads, 16, (from, to) =>
        {
            for (var row = from; row < to; row++)
            {
                var sum = result.AsSpan(row * width, width);
                for (var at = starts[row]; at < starts[row + 1]; at++)
                    TensorPrimitives.MultiplyAdd(dense.AsSpan(columns[at] * width, width), values[at], sum, sum);
            }
        });
        return result;
    }
}
