namespace ReasonIR.Retrieval.Vectors;

/// <summary>How an embedded index is searched.</summary>
/// <param name="Threads">Threads a search may use at most; 0: all processors.</param>
/// <param name="Oversampling">Candidates of the 8-bit scan that are scored again = this many times k (and never fewer than 64 more than k).</param>
/// <param name="Exact">Whether all stored vectors are scored instead of the codes: slower, for comparison.</param>
public sealed record VectorSearchOptions(int Threads = 0, double Oversampling = 4, bool Exact = false)
{
    public static VectorSearchOptions Default { get; } = new();

    internal int ThreadCount => Threads > 0 ? Threads : Environment.ProcessorCount;

    internal int Candidates(int k, int count) => (int)Math.Min(count, Math.Max(k * Math.Max(1, Oversampling), k + 64.0));
}
