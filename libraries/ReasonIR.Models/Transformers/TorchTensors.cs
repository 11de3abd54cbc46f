using System.Runtime.InteropServices;
using ReasonIR.Models.Safetensors;
using ReasonIR.Torch;
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
    /// <exception cref="InvalidDataException">The shapes differ or the tensor holds no floating-point numbers; the message names both.</exception>
    public static void Load(SafetensorsFile file, string name, Tensor into)
    {
        foreach (var (first, count) in Blocks(file.Get(name, into.shape)))
            Load(file, name, into, first, count);
    }

    /// <summary>Copies many stored tensors, on all cores.</summary>
    /// <inheritdoc cref="Load(SafetensorsFile, string, Tensor)"/>
    public static void Load(IEnumerable<(SafetensorsFile File, string Name, Tensor Into)> tensors)
    {
        var blocks = tensors.SelectMany(t => Blocks(t.File.Get(t.Name, t.Into.shape)).Select(b => (t.File, t.Name, t.Into, b.First, b.Count))).ToList();
        try
        {
            // Dynamic: the blocks differ in size, and the cores in what else they do.
            Parallel.ForEach(System.Collections.Concurrent.Partitioner.Create(blocks, loadBalance: true), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
                block => Load(block.File, block.Name, block.Into, block.First, block.Count));
        }
        catch (AggregateException error)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }
    }

    /// <summary>Rows of the first dimension (the whole of a scalar) in pieces of some megabytes: a span cannot hold more than 2 GB, and the cores share them.</summary>
    static IEnumerable<(long First, long Count)> Blocks(TensorInfo info)
    {
        const long elements = 4 << 20;
        if (info.Shape.Count == 0)
        {
            yield return (0, 1);
            yield break;
        }
        var rows = Math.Max(1, elements / Math.Max(1, info.Elements / Math.Max(1, info.Shape[0])));
        for (var first = 0L; first < info.Shape[0]; first += rows)
            yield return (first, Math.Min(rows, info.Shape[0] - first));
    }

    static void Load(SafetensorsFile file, string name, Tensor into, long first, long count)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var info = file.Get(name);
        var part = info.Shape.Count == 0 ? into : into.narrow(0, first, count);
        var start = info.Shape.Count == 0 ? 0 : first * (info.Elements / info.Shape[0]);
        if (part.device.type == DeviceType.CPU && part.dtype is ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16)
        {
            file.Read(name, TypeOf(part), start, part.bytes);
            TorchRuntime.Written(part);
            return;
        }
        // Whatever the file's type is, f32 holds it; the copy converts and moves.
        var values = empty(part.shape, float32);
        file.Read(name, TensorType.F32, start, values.bytes);
        part.copy_(values);
    }

    /// <summary>An uninitialized f32 parameter, to be loaded or initialized.</summary>
    public static Parameter Uninitialized(params long[] shape) => Uninitialized(null, shape);

    /// <summary>An uninitialized parameter of a type and at a place, to be loaded or initialized.</summary>
    public static Parameter Uninitialized(WeightStorage? storage, params long[] shape) => new(empty(shape, (storage ?? WeightStorage.Default).Type, storage?.Device));

    /// <summary>The tensor to be written while it lives.</summary>
    /// <param name="type">Element type in the file; null: the tensor's own.</param>
    public static TensorToWrite ToWrite(string name, Tensor tensor, TensorType? type = null) => new(name, type ?? TypeOf(tensor), tensor.shape, stream =>
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var whole = tensor.detach();
        var wanted = type is { } other ? TypeOf(other) : whole.dtype;
        if (whole.ndim == 0)
        {
            stream.Write(whole.cpu().to(wanted).bytes);
            return;
        }
        var rows = Math.Max(1, WriteBytes / Math.Max(1, whole.numel() / Math.Max(1, whole.shape[0]) * 8));
        for (var first = 0L; first < whole.shape[0]; first += rows)
        {
            using var block = NewDisposeScope();
            stream.Write(whole.narrow(0, first, Math.Min(rows, whole.shape[0] - first)).cpu().to(wanted).contiguous().bytes);
        }
    });

    /// <summary>What is brought to one piece of memory at a time when a tensor is written.</summary>
    const long WriteBytes = 64 << 20;

    static ScalarType TypeOf(TensorType type) => type switch
    {
        TensorType.F32 => ScalarType.Float32,
        TensorType.BF16 => ScalarType.BFloat16,
        TensorType.F16 => ScalarType.Float16,
        _ => throw new NotSupportedException($"Tensors are not converted to {TensorTypes.Name(type)}."),
    };

    /// <summary>The file's name of a tensor's element type.</summary>
    internal static TensorType TypeOf(Tensor tensor) => tensor.dtype switch
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
