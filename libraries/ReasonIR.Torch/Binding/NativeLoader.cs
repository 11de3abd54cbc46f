using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ReasonIR.Torch.Binding;

/// <summary>
/// Loads libreasonir_torch.so, which lies beside this assembly where the build could compile it. Environment variables must be
/// right before libtorch's first load and are set with libc, since <see cref="Environment.SetEnvironmentVariable(string, string)"/> does not reach
/// native code: OPENBLAS_CORETYPE (an older core halves the speed) is removed, ATEN_CPU_CAPABILITY is avx512 where the CPU has it.
/// </summary>
static unsafe partial class NativeLoader
{
    static readonly Lazy<(nint Library, string? Error)> Loaded = new(Load);

    /// <summary>Null, or why libtorch cannot be used.</summary>
    public static string? Error => Loaded.Value.Error;

    /// <summary>Its handle, in whose dependencies whatever libtorch has loaded is found; 0 where it is not there.</summary>
    public static nint Library => Loaded.Value.Library;

    /// <exception cref="TorchUnavailableException">The library is not there or cannot be loaded.</exception>
    public static void EnsureLoaded()
    {
        if (Error is { } error)
            throw new TorchUnavailableException(error);
    }

    static (nint, string?) Load()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "libreasonir_torch.so");
        if (!File.Exists(path))
            return (0, "libreasonir_torch.so is not beside the program: install g++, libtorch-dev and libopenblas0-openmp, then build again");
        _ = unsetenv("OPENBLAS_CORETYPE");
        if (Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported)
            _ = setenv("ATEN_CPU_CAPABILITY", "avx512", 1);
        // Idle OpenMP threads give the core up soon instead of spinning for milliseconds: other services share the machine.
        _ = setenv("GOMP_SPINCOUNT", "20000", 0);
        nint library;
        try
        {
            library = NativeLibrary.Load(path);
        }
        catch (DllNotFoundException error)
        {
            return (0, $"libreasonir_torch.so could not be loaded (is libtorch installed here?): {error.Message.ReplaceLineEndings(" ")}");
        }
        NativeLibrary.SetDllImportResolver(typeof(NativeLoader).Assembly, (name, _, _) => name == Native.Library ? library : 0);
        _ = ((delegate* unmanaged<int>)NativeLibrary.GetExport(library, "rt_start"))();
        // It starts with one thread.
        var setThreads = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "rt_set_num_threads");
        setThreads(Environment.ProcessorCount);
        // Which arithmetic (TorchRuntime.Bf16), for comparisons.
        if (Environment.GetEnvironmentVariable("REASONIR_BF16") is { Length: > 0 } bf16 && SetBf16(library, bf16) < 0)
            return (0, $"REASONIR_BF16={bf16}: widened, fixed (a CPU with AVX512-VNNI) or onednn (one that multiplies bf16) was expected");
        return (library, null);
    }

    static int SetBf16(nint library, string name)
    {
        var text = Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            return ((delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "rt_set_bf16"))(text);
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] private static partial int unsetenv(string name);
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] private static partial int setenv(string name, string value, int overwrite);
}
