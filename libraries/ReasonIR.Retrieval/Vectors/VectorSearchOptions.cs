namespace ReasonIR.Retrieval.Vectors;

/// <summary>How an embedded index is searched.</summary>
/// <param name="Threads">Threads a search may use at most; 0: all processors.</param>
/// <param name="Oversampling">
/// For 8-bit codes: candidates scored from the floats = this many times k (and never fewer than 64 more than k).
/// </param>
public sealed record VectorSearchOptions(int Threads = 0, double Oversampling = 4)
{
    public static VectorSearchOptions Default { get; } = new();

    internal int ThreadCount => Threads > 0 ? Threads : Environment.ProcessorCount;

    internal int Candidates(int k, int count) => (int)Math.Min(count, Math.Max(k * Math.Max(1, Oversampling), k + 64.0));
}
