using System.Runtime.InteropServices;
using ReasonIR.Torch.Binding;
using TorchSharp;

namespace ReasonIR.Torch;

/// <summary>The libtorch of this process. Asking never throws; the first question loads the library.</summary>
public static class TorchRuntime
{
    static readonly Lazy<TorchStatus> Current = new(() => NativeLoader.Error is { } error
        ? new(false, error, null, 0, null)
        : new(true, null, Text(Native.rt_version()), Native.rt_get_num_threads(), $"{Text(Native.rt_kernels())} kernels of our own; {Text(Native.rt_blas())}", Gpu(),
            Text(Native.rt_bf16()) switch
            {
                "onednn" => "multiplied by the CPU itself, through oneDNN",
                "fixed" => "stored in 16 bits; multiplied in 16-bit fixed point where nothing is trained, else as f32",
                _ => "stored in 16 bits, multiplied as f32",
            }));

    static string? Text(nint text) => Marshal.PtrToStringUTF8(text);

    static string Gpu() => Native.rt_cuda_devices() switch
    {
        > 0 and var count => $"{count} CUDA device{(count == 1 ? "" : "s")}",
        _ when Native.rt_has_cuda() != 0 => "libtorch has CUDA and found no device",
        _ => "this libtorch has no CUDA",
    };

    /// <summary>The GPU where there is one, else the CPU.</summary>
    public static torch.Device BestDevice => torch.cuda.is_available() ? torch.CUDA : torch.CPU;

    /// <summary>Makes a GPU the calling thread's current one: what names no device, such as the context of pinned memory, is put there. Nothing for the CPU.</summary>
    public static void Use(torch.Device device)
    {
        if (device.type == DeviceType.CUDA)
            CudaRuntime.OfTorch?.Use(Math.Max(0, device.index));
    }

    /// <summary>Bytes of a GPU that are free, and all that it has; null where libtorch has no CUDA runtime to ask.</summary>
    public static (long Free, long Total)? GpuMemory(int device) => CudaRuntime.OfTorch?.Memory(device);

    /// <summary>Whether libtorch has attention of its own that stores no scores (from version 2).</summary>
    public static bool HasScaledDotProduct { get; } = NativeLoader.Error is null && Native.rt_has_scaled_dot_product_attention() != 0;

    /// <summary>Tensor objects that have not been disposed or collected; a step of training must leave as many as it found.</summary>
    public static long LiveTensors => torch.Tensor.TotalCount;

    /// <summary>What libtorch's tensors hold on the CPU now.</summary>
    public static unsafe TorchMemory Memory
    {
        get
        {
            NativeLoader.EnsureLoaded();
            var c = stackalloc long[4];
            Native.rt_memory(c);
            return new(c[0], c[1], c[2], c[3]);
        }
    }

    /// <summary>Starts <see cref="TorchMemory.PeakBytes"/> anew.</summary>
    public static void ResetPeak()
    {
        NativeLoader.EnsureLoaded();
        Native.rt_reset_peak();
    }

    /// <summary>Gives memory that was kept for coming tensors back to the system, but for so many bytes.</summary>
    public static void Trim(long keptBytes = 0)
    {
        if (NativeLoader.Error is null)
            Native.rt_trim(keptBytes);
    }

    /// <summary>The kernels in use: avx512, avx2 or plain, the widest that the CPU has unless another is set (for comparisons).</summary>
    public static string Kernels
    {
        get
        {
            NativeLoader.EnsureLoaded();
            return Text(Native.rt_kernels())!;
        }
        set
        {
            NativeLoader.EnsureLoaded();
            Native.Check(Native.rt_set_kernels(value));
        }
    }

    /// <summary>
    /// How bf16 is multiplied: <c>onednn</c> where the CPU does it itself, <c>fixed</c> (constant weights in 16-bit fixed point) where it has
    /// AVX512-VNNI, else <c>widened</c> to f32; or what REASONIR_BF16 says, or is set.
    /// </summary>
    public static string Bf16
    {
        get
        {
            NativeLoader.EnsureLoaded();
            return Text(Native.rt_bf16())!;
        }
        set
        {
            NativeLoader.EnsureLoaded();
            Native.Check(Native.rt_set_bf16(value));
        }
    }

    /// <summary>Multiply-adds of 16-bit pairs in registers alone, 256 a step, for comparisons: how many were done; 0 where the CPU has none.</summary>
    public static long FixedMultiplyAdds(long steps)
    {
        NativeLoader.EnsureLoaded();
        return Native.rt_fixed_peak(steps);
    }

    /// <summary>To be called after a write to a tensor's bytes: what was derived from it is out of date.</summary>
    public static void Written(torch.Tensor tensor) => Native.rt_written(tensor.Handle);

    /// <summary>The widest kernels that this CPU runs.</summary>
    public static string Widest { get; } = NativeLoader.Error is null ? Text(Native.rt_kernels())! : "plain";

    public static TorchStatus Status => Current.Value;
}
