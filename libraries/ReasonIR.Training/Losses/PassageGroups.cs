using static TorchSharp.torch;

namespace ReasonIR.Training.Losses;

/// <summary>
/// Which passages of a batch belong to which query: one positive each and any number of hard negatives. As matrices of booleans,
/// [queries, passages] unless said otherwise; made in, and ended with, the current dispose scope.
/// </summary>
public sealed class PassageGroups
{
    readonly int[] queryOf, positiveOf;

    /// <param name="queryOf">The query of each passage.</param>
    /// <param name="positiveOf">The passage that is each query's positive.</param>
    /// <exception cref="ArgumentException">A positive is not a passage of its query.</exception>
    public PassageGroups(int[] queryOf, int[] positiveOf)
    {
        (this.queryOf, this.positiveOf) = (queryOf, positiveOf);
        for (var i = 0; i < positiveOf.Length; i++)
            if ((uint)positiveOf[i] >= (uint)queryOf.Length || queryOf[positiveOf[i]] != i)
                throw new ArgumentException($"The positive of query {i} is not among its passages.", nameof(positiveOf));
    }

    public int Queries => positiveOf.Length;

    public int Passages => queryOf.Length;

    /// <summary>Groups of <paramref name="size"/> passages in the order of the queries, the positive first.</summary>
    public static PassageGroups Equal(int queries, int size) =>
        new([.. Enumerable.Range(0, queries * size).Select(j => j / size)], [.. Enumerable.Range(0, queries).Select(i => i * size)]);

    /// <summary>int64 [queries]: the row of each query's positive.</summary>
    public Tensor Positives => tensor(Array.ConvertAll(positiveOf, p => (long)p));

    /// <summary>The query's own positive.</summary>
    public Tensor OwnPositive => Matrix((i, j) => positiveOf[i] == j);

    /// <summary>The query's own passages, positive included.</summary>
    public Tensor Own => Matrix((i, j) => queryOf[j] == i);

    /// <summary>Positives of whatever query.</summary>
    public Tensor AnyPositive => Matrix((_, j) => positiveOf[queryOf[j]] == j);

    public Tensor Matrix(Func<int, int, bool> entry)
    {
        var values = new bool[Queries * Passages];
        for (var i = 0; i < Queries; i++)
            for (var j = 0; j < Passages; j++)
                values[i * Passages + j] = entry(i, j);
        return tensor(values, [Queries, Passages]);
    }
}
