using System.Runtime.InteropServices;
using ReasonIR.Models.Safetensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>Between safetensors files and libtorch.</summary>
public static class TorchTensors
{
    /// <summary>A stored floating-point tensor as a new f32 one.</summary>
    public static Tensor Read(SafetensorsFile file, string name)
    {
        var info = file.Get(name);
        var values = empty([.. info.Shape], float32);
        file.ReadFloats(name, MemoryMarshal.Cast<byte, float>(values.bytes));
        return values;
    }

    /// <summary>Copies a stored tensor into a parameter of the same shape, converted to the parameter's type.</summary>
    /// <exception cref="InvalidDataException">The shapes differ; the message names both.</exception>
    public static void Load(SafetensorsFile file, string name, Tensor into)
    {
        file.Get(name, into.shape);
        if (into.dtype == ScalarType.Float32 && into.device.type == DeviceType.CPU)
        {
            file.ReadFloats(name, MemoryMarshal.Cast<byte, float>(into.bytes));
            return;
        }
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        into.copy_(Read(file, name));
    }

    /// <summary>An uninitialized f32 parameter, to be loaded or initialized.</summary>
    public static Parameter Uninitialized(params long[] shape) => Uninitialized(null, shape);

    /// <summary>An uninitialized parameter of a type and at a place, to be loaded or initialized.</summary>
    public static Parameter Uninitialized(WeightStorage? storage, params long[] shape) => new(empty(shape, (storage ?? WeightStorage.Default).Type, storage?.Device));

    /// <summary>The tensor's bytes as they are, to be written while it lives.</summary>
    public static TensorToWrite ToWrite(string name, Tensor tensor) => new(name, TypeOf(tensor), tensor.shape, stream =>
    {
        using var copy = tensor.detach().contiguous();
        stream.Write(copy.bytes);
    });

    static TensorType TypeOf(Tensor tensor) => tensor.dtype switch
    {
        ScalarType.Float32 => TensorType.F32,
        ScalarType.Float64 => TensorType.F64,
        ScalarType.BFloat16 => TensorType.BF16,
        ScalarType.Float16 => TensorType.F16,
        ScalarType.Int64 => TensorType.I64,
        ScalarType.Byte => TensorType.U8,
        var type => throw new NotSupportedException($"Tensors of {type} are not written."),
    };
}
