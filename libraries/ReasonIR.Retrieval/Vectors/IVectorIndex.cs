using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Vectors under external document ids, searched for the nearest. Results are in score order, ties by id ascending (UTF-8
/// bytes); excluded documents are left out before the cut at k. Thread-safe.
/// </summary>
public interface IVectorIndex : IDisposable
{
    /// <summary>Floats a vector.</summary>
    int Dimension { get; }

    /// <summary>Vectors in the index.</summary>
    int Count { get; }

    VectorMetric Metric { get; }

    /// <summary>The k best documents for a query.</summary>
    /// <param name="query"><see cref="Dimension"/> finite floats.</param>
    /// <param name="k">How many, at least 1; all where the index has fewer.</param>
    /// <param name="exclude">Documents to leave out; ids that the index lacks are ignored.</param>
    /// <exception cref="ArgumentException">Another dimension, or a value that is not finite.</exception>
    Task<ScoredDocument[]> SearchAsync(
        ReadOnlyMemory<float> query, int k, IReadOnlySet<string>? exclude = null, CancellationToken cancellation = default);

    /// <summary>The k best documents for each of many queries; much faster than one by one.</summary>
    /// <param name="queries">Row-major, [queries × <see cref="Dimension"/>].</param>
    /// <param name="exclude">What each query leaves out, in their order; null: nothing.</param>
    Task<ScoredDocument[][]> SearchBatchAsync(
        ReadOnlyMemory<float> queries, int k, IReadOnlyList<IReadOnlySet<string>?>? exclude = null,
        CancellationToken cancellation = default);
}
