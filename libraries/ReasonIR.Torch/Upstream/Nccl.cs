using static TorchSharp.torch;

namespace ReasonIR.Torch;

/// <summary>Over the TorchSharp package there is no NCCL: it does not tell where a tensor lies.</summary>
public sealed class NcclLibrary
{
    NcclLibrary()
    {
    }

    public string Version => throw Missing();

    public static (NcclLibrary? Library, string? Lacks) Find() => (null, Missing().Message);

    public byte[] NewId() => throw Missing();

    internal static NotSupportedException Missing() => new("the TorchSharp package does not tell where tensors lie, which NCCL has to know");
}

/// <inheritdoc cref="NcclLibrary"/>
public sealed class NcclCommunicator : IDisposable
{
    NcclCommunicator()
    {
    }

    public static NcclCommunicator Join(NcclLibrary library, ReadOnlySpan<byte> id, int rank, int worldSize, int device, TimeSpan timeout, TimeSpan patience, Action check) => throw NcclLibrary.Missing();

    public void AllReduce(IReadOnlyList<Tensor> tensors, TimeSpan? most = null) => throw NcclLibrary.Missing();

    public void AllGather(Tensor all, IReadOnlyList<long> starts, int rank) => throw NcclLibrary.Missing();

    public void Dispose()
    {
    }
}
