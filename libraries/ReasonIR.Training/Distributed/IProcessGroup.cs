using static TorchSharp.torch;

namespace ReasonIR.Training.Distributed;

/// <summary>
/// The processes of a data-parallel run. Every process calls the same operations in the same order; each returns when all have taken part.
/// Results are the same bits in every process. A lost process ends the operation with a <see cref="WorkerLostException"/>.
/// </summary>
public interface IProcessGroup : IDisposable
{
    /// <summary>This process, from 0.</summary>
    int Rank { get; }

    /// <summary>Number of processes.</summary>
    int WorldSize { get; }

    /// <summary>How tensors travel, in words, and why so.</summary>
    string Transport { get; }

    /// <summary>The rows of all processes, those of rank 0 first. Their number may differ, the other dimensions may not.</summary>
    /// <param name="rows">[own rows, ...]</param>
    /// <returns>All rows, without a graph, and where the own ones begin.</returns>
    (Tensor All, long First) AllGather(Tensor rows);

    /// <summary>Replaces the elements by their sums over all processes.</summary>
    void AllReduce(IReadOnlyList<Tensor> tensors);

    /// <summary>Texts of all processes, by rank: for agreeing on what is done.</summary>
    IReadOnlyList<string> AllGather(string text);
}

/// <summary>A process of the group ended, or does not answer.</summary>
public sealed class WorkerLostException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>One process alone.</summary>
public sealed class SingleProcess : IProcessGroup
{
    public static SingleProcess Instance { get; } = new();

    public int Rank => 0;

    public int WorldSize => 1;

    public string Transport => "nowhere: there is one process";

    public (Tensor All, long First) AllGather(Tensor rows) => (rows.detach(), 0);

    public void AllReduce(IReadOnlyList<Tensor> tensors)
    {
    }

    public IReadOnlyList<string> AllGather(string text) => [text];

    public void Dispose()
    {
    }
}
