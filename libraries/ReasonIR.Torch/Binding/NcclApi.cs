using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace ReasonIR.Torch.Binding;

/// <summary>ncclUniqueId of nccl.h: 128 bytes, passed by value.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct NcclUniqueId
{
    public const int Bytes = 128;

    public fixed byte Internal[Bytes];

    public byte[] ToArray()
    {
        fixed (byte* p = Internal)
            return new Span<byte>(p, Bytes).ToArray();
    }

    public static NcclUniqueId Of(ReadOnlySpan<byte> bytes)
    {
        NcclUniqueId id;
        if (bytes.Length != Bytes)
            throw new ArgumentException($"An id of {bytes.Length} bytes; {Bytes} were expected.", nameof(bytes));
        bytes.CopyTo(new(id.Internal, Bytes));
        return id;
    }
}

/// <summary>
/// ncclConfig_t as NCCL 2.14 introduced it. Later versions have added fields and read from <see cref="Version"/> and <see cref="Size"/> which of
/// them the caller knows; the padding at the end lies where the next field begins and says "not set", should one go by the size alone.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
struct NcclConfig()
{
    public const int FirstVersion = 21400;

    public nuint Size = (nuint)Unsafe.SizeOf<NcclConfig>();
    public uint Magic = 0xcafebeef;
    public uint Version = FirstVersion;
    public int Blocking;
    readonly int padding = int.MinValue;
}

/// <summary>ncclResult_t: those that are told apart here.</summary>
enum NcclResult { Success = 0, InProgress = 7 }

/// <summary>The functions of nccl.h that are called here (NCCL 2.14 or later), with its own names.</summary>
sealed unsafe class NcclApi
{
    /// <summary>ncclSum of ncclRedOp_t.</summary>
    public const int Sum = 0;

    public readonly delegate* unmanaged<int*, NcclResult> GetVersion;
    public readonly delegate* unmanaged<NcclUniqueId*, NcclResult> GetUniqueId;
    public readonly delegate* unmanaged<nint*, int, NcclUniqueId, int, NcclConfig*, NcclResult> CommInitRankConfig;
    public readonly delegate* unmanaged<nint, NcclResult> CommAbort;
    public readonly delegate* unmanaged<nint, NcclResult*, NcclResult> CommGetAsyncError;
    public readonly delegate* unmanaged<NcclResult, nint> GetErrorString;
    public readonly delegate* unmanaged<nint, nint> GetLastError;
    public readonly delegate* unmanaged<NcclResult> GroupStart;
    public readonly delegate* unmanaged<NcclResult> GroupEnd;

    /// <summary>sendbuff, recvbuff, count, type, operation, communicator, stream.</summary>
    public readonly delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, NcclResult> AllReduce;

    /// <summary>sendbuff, recvbuff, sendcount, type, communicator, stream.</summary>
    public readonly delegate* unmanaged<nint, nint, nuint, int, nint, nint, NcclResult> AllGather;

    /// <summary>sendbuff, recvbuff, count, type, root, communicator, stream.</summary>
    public readonly delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, NcclResult> Broadcast;

    /// <exception cref="EntryPointNotFoundException">A function is not there; the message names it.</exception>
    public NcclApi(nint library)
    {
        nint Export(string name) => NativeLibrary.GetExport(library, name);
        GetVersion = (delegate* unmanaged<int*, NcclResult>)Export("ncclGetVersion");
        GetUniqueId = (delegate* unmanaged<NcclUniqueId*, NcclResult>)Export("ncclGetUniqueId");
        CommInitRankConfig = (delegate* unmanaged<nint*, int, NcclUniqueId, int, NcclConfig*, NcclResult>)Export("ncclCommInitRankConfig");
        CommAbort = (delegate* unmanaged<nint, NcclResult>)Export("ncclCommAbort");
        CommGetAsyncError = (delegate* unmanaged<nint, NcclResult*, NcclResult>)Export("ncclCommGetAsyncError");
        GetErrorString = (delegate* unmanaged<NcclResult, nint>)Export("ncclGetErrorString");
        GetLastError = (delegate* unmanaged<nint, nint>)Export("ncclGetLastError");
        GroupStart = (delegate* unmanaged<NcclResult>)Export("ncclGroupStart");
        GroupEnd = (delegate* unmanaged<NcclResult>)Export("ncclGroupEnd");
        AllReduce = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, NcclResult>)Export("ncclAllReduce");
        AllGather = (delegate* unmanaged<nint, nint, nuint, int, nint, nint, NcclResult>)Export("ncclAllGather");
        Broadcast = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, NcclResult>)Export("ncclBroadcast");
    }

    /// <summary>ncclDataType_t of a tensor's elements.</summary>
    public static int TypeOf(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Int8 => 0,
        torch.ScalarType.Byte or torch.ScalarType.Bool => 1,
        torch.ScalarType.Int32 => 2,
        torch.ScalarType.Int64 => 4,
        torch.ScalarType.Float16 => 6,
        torch.ScalarType.Float32 => 7,
        torch.ScalarType.Float64 => 8,
        torch.ScalarType.BFloat16 => 9,
        _ => throw new NotSupportedException($"NCCL has no elements of {type}."),
    };
}
