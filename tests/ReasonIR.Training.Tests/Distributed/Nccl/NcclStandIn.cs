using System.Diagnostics;
using System.Runtime.InteropServices;
using ReasonIR.Torch;
using ReasonIR.Torch.Binding;
using ReasonIR.Training.Distributed;
using TorchSharp;
using Xunit;

namespace ReasonIR.Training.Tests.Distributed.Nccl;

/// <summary>
/// NVIDIA's libraries, which need a GPU, replaced by standin.cpp, which the system's compiler makes. Tensors of the CPU then go the way of those
/// on a GPU; everything of ours is what runs there.
/// </summary>
static unsafe class NcclStandIn
{
    static readonly Lazy<(string? File, string? Lacks)> Built = new(Build);

    /// <summary>The library's file; skips the test where there is no compiler.</summary>
    public static string File
    {
        get
        {
            if (Built.Value.Lacks is { } lacks)
                Assert.Skip(lacks);
            return Built.Value.File!;
        }
    }

    public static nint Handle => NativeLibrary.Load(File);

    public static NcclLibrary Library => NcclLibrary.Open(Handle, CudaRuntime.In(Handle)!, "the stand-in").Library!;

    /// <summary>A rank's group over the stand-in, its device being that of its number.</summary>
    public static IProcessGroup Open(SocketGroupOptions options, CancellationToken cancellation) =>
        SocketProcessGroup.Open(options, cancellation) is SocketProcessGroup ring ? NcclProcessGroup.Join(ring, Library, options.Rank, DeviceType.CPU) : SingleProcess.Instance;

    /// <summary>What was called since the last question, a line each: the rank, the function, the number of elements and their type.</summary>
    public static string[] Calls()
    {
        var text = ((delegate* unmanaged<nint>)NativeLibrary.GetExport(Handle, "standin_calls"))();
        return Marshal.PtrToStringUTF8(text)!.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    static (string?, string?) Build()
    {
        if (!TorchRuntime.Status.Available)
            return (null, $"libtorch is not available: {TorchRuntime.Status.Reason}");
        if (!System.IO.File.Exists("/usr/bin/g++"))
            return (null, "There is no C++ compiler to build the stand-in for NCCL with.");
        var (source, target) = (Path.Combine(AppContext.BaseDirectory, "standin.cpp"), Path.Combine(AppContext.BaseDirectory, $"libnccl-standin-{Environment.ProcessId}.so"));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => System.IO.File.Delete(target);
        using var compiler = Process.Start(new ProcessStartInfo("/usr/bin/g++", ["-std=c++17", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-pthread", "-o", target, source]) { RedirectStandardError = true })!;
        var errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? (target, null) : throw new InvalidOperationException(errors);
    }
}
