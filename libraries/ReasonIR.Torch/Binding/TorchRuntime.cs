using System.Runtime.InteropServices;
using ReasonIR.Torch.Binding;

namespace ReasonIR.Torch;

/// <summary>The libtorch of this process. Asking never throws; the first question loads the library.</summary>
public static class TorchRuntime
{
    static readonly Lazy<TorchStatus> Current = new(() => NativeLoader.Error is { } error
        ? new(false, error, null, 0, null)
        : new(true, null, Marshal.PtrToStringUTF8(Native.rt_version()), Native.rt_get_num_threads(), Marshal.PtrToStringUTF8(Native.rt_blas())));

    public static TorchStatus Status => Current.Value;
}
