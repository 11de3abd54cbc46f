namespace ReasonIR.Retrieval.Vectors;

/// <summary>How an embedded index is searched.</summary>
/// <param name="Threads">Threads a search may use at most; 0: all processors.</param>
/// <param name="Exact">Whether all stored vectors are scored instead of the codes: slower, for comparison.</param>
public sealed record VectorSearchOptions(int Threads = 0, bool Exact = false)
{
    public static VectorSearchOptions Default { get; } = new();

    internal int ThreadCount => Threads > 0 ? Threads : Environment.ProcessorCount;
}
