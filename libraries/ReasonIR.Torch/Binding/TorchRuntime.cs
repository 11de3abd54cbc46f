using System.Runtime.InteropServices;
using ReasonIR.Torch.Binding;
using TorchSharp;

namespace ReasonIR.Torch;

/// <summary>The libtorch of this process. Asking never throws; the first question loads the library.</summary>
public static class TorchRuntime
{
    static readonly Lazy<TorchStatus> Current = new(() => NativeLoader.Error is { } error
        ? new(false, error, null, 0, null)
        : new(true, null, Marshal.PtrToStringUTF8(Native.rt_version()), Native.rt_get_num_threads(), Marshal.PtrToStringUTF8(Native.rt_blas()), Gpu()));

    static string Gpu() => Native.rt_cuda_devices() switch
    {
        > 0 and var count => $"{count} CUDA device{(count == 1 ? "" : "s")}",
        _ when Native.rt_has_cuda() != 0 => "libtorch has CUDA and found no device",
        _ => "this libtorch has no CUDA",
    };

    /// <summary>The GPU where there is one, else the CPU.</summary>
    public static torch.Device BestDevice => torch.cuda.is_available() ? torch.CUDA : torch.CPU;

    public static TorchStatus Status => Current.Value;
}
