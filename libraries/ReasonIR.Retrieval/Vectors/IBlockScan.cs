namespace ReasonIR.Retrieval.Vectors;

/// <summary>How the rows of a block are scored for some queries. Not thread-safe: it holds room for one block's scores.</summary>
interface IBlockScan : IDisposable
{
    /// <summary>Offers what can be among the best to the heaps.</summary>
    /// <param name="count">Queries, <see cref="CodeDots.Queries"/> at most.</param>
    /// <param name="best">A heap for each query of the batch.</param>
    void Scan(int query, int count, in RowBlock block, BestDocuments[] best);
}
