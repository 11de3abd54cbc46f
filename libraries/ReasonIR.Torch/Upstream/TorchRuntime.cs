using TorchSharp;

namespace ReasonIR.Torch;

/// <summary>The libtorch of this process, as the TorchSharp package brings it. Asking never throws.</summary>
public static class TorchRuntime
{
    static readonly Lazy<TorchStatus> Current = new(() =>
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            return new(true, null, torch.__version__, torch.get_num_threads(), "TorchSharp's own", torch.cuda.is_available() ? $"{torch.cuda.device_count()} CUDA devices" : "no CUDA device was found");
        }
        catch (Exception error)
        {
            return new(false, error.Message, null, 0, null);
        }
    });

    /// <summary>The GPU where there is one, else the CPU.</summary>
    public static torch.Device BestDevice => torch.cuda.is_available() ? torch.CUDA : torch.CPU;

    /// <summary>TorchSharp names the device of each operation, and has no word for the current one.</summary>
    public static void Use(torch.Device device) { }

    /// <summary>TorchSharp does not tell.</summary>
    public static (long Free, long Total)? GpuMemory(int device) => null;

    /// <summary>TorchSharp has come with libtorch 2 for years.</summary>
    public static bool HasScaledDotProduct => true;

    /// <summary>libtorch's own way.</summary>
    public static string Bf16 => "libtorch";

    /// <summary>To be called after a write to a tensor's bytes. Nothing is derived from tensors here.</summary>
    public static void Written(torch.Tensor tensor) { }

    public static TorchStatus Status => Current.Value;
}
