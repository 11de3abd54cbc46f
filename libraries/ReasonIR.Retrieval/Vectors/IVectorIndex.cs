using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Vectors under external document ids, searched for the nearest. Results are documents in score order, ties by id ascending
/// (UTF-8 bytes); excluded and filtered documents are left out before the cut at k. Thread-safe.
/// </summary>
public interface IVectorIndex : IDisposable
{
    /// <summary>What the index was made for.</summary>
    VectorIndexSettings Settings { get; }

    /// <summary>Documents in the index.</summary>
    Task<long> CountAsync(CancellationToken cancellation = default);

    /// <summary>The k best documents for a query.</summary>
    /// <param name="query">As many finite floats as the index's dimension.</param>
    /// <param name="k">How many, at least 1; all where the index has fewer.</param>
    /// <param name="exclude">Documents to leave out; ids that the index lacks are ignored.</param>
    /// <param name="filter">Which documents may be found; null: all.</param>
    /// <exception cref="ArgumentException">Another dimension, a value that is not finite, or a wrong filter.</exception>
    Task<ScoredDocument[]> SearchAsync(
        ReadOnlyMemory<float> query, int k, IReadOnlySet<string>? exclude = null, VectorFilter? filter = null, CancellationToken cancellation = default);

    /// <summary>The k best documents for each of many queries; much faster than one by one.</summary>
    /// <param name="queries">Row-major, [queries × dimension].</param>
    /// <param name="exclude">What each query leaves out, in their order; null: nothing.</param>
    /// <param name="filter">Which documents may be found by all of them; null: all.</param>
    Task<ScoredDocument[][]> SearchBatchAsync(
        ReadOnlyMemory<float> queries, int k, IReadOnlyList<IReadOnlySet<string>?>? exclude = null, VectorFilter? filter = null,
        CancellationToken cancellation = default);

    /// <summary>For each document the part that is nearest to a query, from 0; null where the index lacks it or does not keep its parts apart.</summary>
    Task<int?[]> BestPartsAsync(ReadOnlyMemory<float> query, IReadOnlyList<string> ids, CancellationToken cancellation = default);

    /// <summary>Stores documents; one whose id is there already is replaced, with all its parts. All of a call or, after a crash, none.</summary>
    /// <exception cref="ArgumentException">A vector of another dimension or not finite, an id twice, empty or too long.</exception>
    Task UpsertAsync(IReadOnlyCollection<VectorDocument> documents, CancellationToken cancellation = default);

    /// <summary>Removes documents; ids that the index lacks are ignored.</summary>
    Task RemoveAsync(IReadOnlyCollection<string> ids, CancellationToken cancellation = default);
}
