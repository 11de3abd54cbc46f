using System.Globalization;
using ReasonIR.Torch.Binding;

namespace TorchSharp;

/// <summary>Where a tensor lies.</summary>
public enum DeviceType { CPU = 0, CUDA = 1 }

public static partial class torch
{
    /// <summary>Element types, with libtorch's own codes.</summary>
    public enum ScalarType : sbyte
    {
        Byte = 0, Int8 = 1, Int16 = 2, Int32 = 3, Int64 = 4, Float16 = 5, Float32 = 6, Float64 = 7, Bool = 11, BFloat16 = 15,
    }

    public const ScalarType uint8 = ScalarType.Byte;
    public const ScalarType int32 = ScalarType.Int32;
    public const ScalarType int64 = ScalarType.Int64;
    public const ScalarType float16 = ScalarType.Float16;
    public const ScalarType float32 = ScalarType.Float32;
    public const ScalarType float64 = ScalarType.Float64;
    public const ScalarType bfloat16 = ScalarType.BFloat16;
    public const ScalarType @bool = ScalarType.Bool;

    public sealed class Device(DeviceType type, int index = -1)
    {
        public DeviceType type { get; } = type;

        /// <summary>Of several CUDA devices; -1: the current one.</summary>
        public int index { get; } = index;

        public override string ToString() => index < 0 ? type.ToString().ToLowerInvariant() : $"{type.ToString().ToLowerInvariant()}:{index}";

        public override bool Equals(object? other) => other is Device d && d.type == type && d.index == index;

        public override int GetHashCode() => HashCode.Combine(type, index);
    }

    public static Device CPU { get; } = new(DeviceType.CPU);

    public static Device CUDA { get; } = new(DeviceType.CUDA);

    /// <summary><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public static Device device(string description) => description switch
    {
        "cpu" => CPU,
        "cuda" => Present(CUDA),
        _ when description.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(description.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index) => Present(new(DeviceType.CUDA, index)),
        _ => throw new ArgumentException($"There is no device '{description}'; cpu, cuda or cuda:N was expected.", nameof(description)),
    };

    public static Device device(DeviceType type, int index = -1) => type == DeviceType.CPU ? CPU : Present(new(type, index));

    static Device Present(Device device) => cuda.device_count() > Math.Max(0, device.index)
        ? device
        : throw new ArgumentException($"The device '{device}' is not there: {ReasonIR.Torch.TorchRuntime.Status.Gpu}.", nameof(device));

    public static class cuda
    {
        public static bool is_available() => device_count() > 0;

        /// <summary>0 too where libtorch has no CUDA or is not there.</summary>
        public static int device_count() => NativeLoader.Error is null ? Native.rt_cuda_devices() : 0;

        /// <summary>Waits until the device has done what was asked of it.</summary>
        public static void synchronize(long device_index = -1) => Native.Check(Native.rt_cuda_synchronize((int)device_index));
    }
}
