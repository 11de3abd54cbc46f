using System.Runtime.InteropServices;
using ReasonIR.Torch.Binding;

namespace ReasonIR.Torch;

/// <summary>NCCL, where there is one: it is loaded when it is asked for, nothing is linked against it.</summary>
public sealed unsafe class NcclLibrary
{
    const string File = "libnccl.so.2", Variable = "REASONIR_NCCL";

    static readonly Lazy<(NcclLibrary? Library, string? Lacks)> Found = new(() =>
    {
        if (NativeLoader.Error is { } error)
            return (null, error);
        if (CudaRuntime.OfTorch is not { } cuda)
            return (null, "this libtorch has no CUDA");
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path)
            return NativeLibrary.TryLoad(path, out var named) ? Open(named, cuda, $"{Variable}={path}") : (null, $"{Variable}={path}: the library cannot be loaded");
        // The one that libtorch is linked against comes first: two of them in a process do not get along.
        if (NativeLibrary.TryGetExport(NativeLoader.Library, "ncclCommInitRankConfig", out _))
            return Open(NativeLoader.Library, cuda, "libtorch's own NCCL");
        return NativeLibrary.TryLoad(File, out var system) ? Open(system, cuda, File)
            : (null, $"{File} is not there: install NCCL, or name its file in {Variable}");
    });

    NcclLibrary(NcclApi api, CudaRuntime cuda, int version) => (Api, Cuda, Version) = (api, cuda, FormattableString.Invariant($"{version / 10_000}.{version / 100 % 100}.{version % 100}"));

    internal NcclApi Api { get; }

    internal CudaRuntime Cuda { get; }

    /// <summary>As NCCL says it, such as 2.21.5.</summary>
    public string Version { get; }

    /// <summary>
    /// The library that REASONIR_NCCL names, else libtorch's own, else the system's; or what is missing.
    /// </summary>
    public static (NcclLibrary? Library, string? Lacks) Find() => Found.Value;

    /// <summary>A library's NCCL beside a CUDA runtime; or what is missing.</summary>
    internal static (NcclLibrary? Library, string? Lacks) Open(nint library, CudaRuntime cuda, string name)
    {
        try
        {
            var api = new NcclApi(library);
            int version;
            var result = api.GetVersion(&version);
            return result != NcclResult.Success ? (null, $"{name}: its version cannot be asked for (NCCL error {(int)result})")
                : version < NcclConfig.FirstVersion ? (null, $"{name}: its version is {version}; {NcclConfig.FirstVersion} (2.14) or later was expected")
                : (new(api, cuda, version), null);
        }
        catch (EntryPointNotFoundException error)
        {
            return (null, $"{name} is not a NCCL of version 2.14 or later: {error.Message}");
        }
    }

    /// <summary>A fresh id of a group, 128 bytes: one process asks for it and tells it to the others.</summary>
    /// <exception cref="NcclException">NCCL found no way for processes to meet.</exception>
    public byte[] NewId()
    {
        NcclUniqueId id;
        var result = Api.GetUniqueId(&id);
        return result == NcclResult.Success ? id.ToArray() : throw new NcclException($"an id for the group: {Describe(result)}");
    }

    internal string Describe(NcclResult result, nint communicator = 0)
    {
        var last = Marshal.PtrToStringUTF8(Api.GetLastError(communicator));
        return $"{Marshal.PtrToStringUTF8(Api.GetErrorString(result))} (NCCL error {(int)result}){(string.IsNullOrWhiteSpace(last) ? "" : $": {last.ReplaceLineEndings(" ").Trim()}")}";
    }
}
