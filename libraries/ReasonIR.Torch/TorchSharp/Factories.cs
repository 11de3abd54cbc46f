using ReasonIR.Torch.Binding;

namespace TorchSharp;

public static unsafe partial class torch
{
    static ScalarType defaultType = ScalarType.Float32;

    public static void set_default_dtype(ScalarType dtype) => defaultType = dtype;
    public static ScalarType get_default_dtype() => defaultType;

    /// <summary>Uninitialized elements.</summary>
    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        NativeLoader.EnsureLoaded();
        fixed (long* p = size)
            return New(Native.rt_empty(p, size.Length, (int)(dtype ?? defaultType), Code(device)), requires_grad);
    }

    public static Tensor full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        NativeLoader.EnsureLoaded();
        fixed (long* p = size)
            return New(Native.rt_full(p, size.Length, value.Value, (int)(dtype ?? (value.IsIntegral ? ScalarType.Int64 : defaultType)), Code(device)), requires_grad);
    }

    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full(size, 0.0, dtype ?? defaultType, device, requires_grad);

    public static Tensor ones(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full(size, 1.0, dtype ?? defaultType, device, requires_grad);

    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => zeros(size.AsSpan(), dtype, device, requires_grad);
    public static Tensor ones(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => ones(size.AsSpan(), dtype, device, requires_grad);
    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => empty(size.AsSpan(), dtype, device, requires_grad);
    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => zeros(input.shape, dtype ?? input.dtype, device ?? input.device, requires_grad);
    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => ones(input.shape, dtype ?? input.dtype, device ?? input.device, requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => arange(0, stop, 1, dtype, device, requires_grad);
    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        NativeLoader.EnsureLoaded();
        var type = dtype ?? (start.IsIntegral && stop.IsIntegral && step.IsIntegral ? ScalarType.Int64 : defaultType);
        return New(Native.rt_arange(start.Value, stop.Value, step.Value, (int)type, Code(device)), requires_grad);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public static Tensor rand(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        NativeLoader.EnsureLoaded();
        fixed (long* p = size)
            return New(Native.rt_rand(p, size.Length, (int)(dtype ?? defaultType), Code(device)), requires_grad);
    }

    /// <summary>Standard normal.</summary>
    public static Tensor randn(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        NativeLoader.EnsureLoaded();
        fixed (long* p = size)
            return New(Native.rt_randn(p, size.Length, (int)(dtype ?? defaultType), Code(device)), requires_grad);
    }

    public static Tensor tensor(float[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => From<float>(dataArray, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(double[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => From<double>(dataArray, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(long[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => From<long>(dataArray, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(int[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => From<int>(dataArray, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(bool[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => From<bool>(dataArray, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(float[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => From<float>(dataArray, [dataArray.Length], dtype, device, requires_grad);
    public static Tensor tensor(double[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => From<double>(dataArray, [dataArray.Length], dtype, device, requires_grad);
    public static Tensor tensor(long[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => From<long>(dataArray, [dataArray.Length], dtype, device, requires_grad);
    public static Tensor tensor(int[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => From<int>(dataArray, [dataArray.Length], dtype, device, requires_grad);
    public static Tensor tensor(bool[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => From<bool>(dataArray, [dataArray.Length], dtype, device, requires_grad);

    /// <summary>A copy of the data, of C#'s element type and then converted.</summary>
    static Tensor From<T>(ReadOnlySpan<T> data, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device? device, bool requiresGrad) where T : unmanaged
    {
        long count = 1;
        foreach (var size in dimensions)
            count = checked(count * size);
        if (count != data.Length)
            throw new ArgumentException($"{data.Length} elements do not fill the shape [{string.Join(", ", dimensions.ToArray())}].", nameof(dimensions));
        var tensor = empty(dimensions, Tensor.TypeOf<T>());
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(data).CopyTo(tensor.bytes);
        if (dtype is { } type && type != tensor.dtype)
            tensor = tensor.to(type, disposeAfter: true);
        if (device is { type: not DeviceType.CPU })
            tensor = tensor.to(device, disposeAfter: true);
        return requiresGrad ? tensor.requires_grad_() : tensor;
    }

    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Join(tensors, dim, &Native.rt_cat);
    public static Tensor stack(IList<Tensor> tensors, long dim = 0) => Join(tensors, dim, &Native.rt_stack);
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => new(Native.Check(Native.rt_where(condition.Handle, x.Handle, y.Handle)));
    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);

    static Tensor Join(IList<Tensor> tensors, long dim, delegate*<nint*, int, long, nint> join)
    {
        var handles = tensors.Select(t => t.Handle).ToArray();
        fixed (nint* p = handles)
            return new(Native.Check(join(p, handles.Length, dim)));
    }

    /// <summary>A device as the native side takes it.</summary>
    internal static int Code(Device? device) => device is null || device.type == DeviceType.CPU ? -2 : device.index;

    static Tensor New(nint handle, bool requiresGrad)
    {
        var tensor = new Tensor(Native.Check(handle));
        return requiresGrad ? tensor.requires_grad_() : tensor;
    }
}
