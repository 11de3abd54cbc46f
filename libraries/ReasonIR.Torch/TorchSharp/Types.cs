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

    /// <summary>A device; this binding knows the CPU alone.</summary>
    public sealed class Device(DeviceType type, int index = -1)
    {
        public DeviceType type { get; } = type;
        public int index { get; } = index;

        public override string ToString() => index < 0 ? type.ToString().ToLowerInvariant() : $"{type.ToString().ToLowerInvariant()}:{index}";

        public override bool Equals(object? other) => other is Device d && d.type == type && d.index == index;

        public override int GetHashCode() => HashCode.Combine(type, index);
    }

    public static Device CPU { get; } = new(DeviceType.CPU);

    public static Device device(string description) => description == "cpu"
        ? CPU
        : throw new ArgumentException($"The device '{description}' is not available: this binding computes on the CPU; build with UpstreamPackages=true for CUDA.", nameof(description));

    public static class cuda
    {
        public static bool is_available() => false;
    }
}
