using System.Runtime.InteropServices;
using ReasonIR.Torch.Binding;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A handle to a libtorch tensor. The garbage collector does not see the memory behind it, so <see cref="ForgottenTensors"/> counts it
    /// and collects where it grows; that is the net. The rule is a <see cref="DisposeScope"/> around every piece of work.
    /// </summary>
    public unsafe partial class Tensor : IDisposable
    {
        static long live, peak;

        nint handle;
        readonly long counted;

        internal Tensor(nint handle)
        {
            this.handle = handle;
            DisposeScope.Register(this);
            var count = Interlocked.Increment(ref live);
            if (count > Volatile.Read(ref peak))
                Volatile.Write(ref peak, count);
            if (Native.rt_bytes(handle) is var size and >= ForgottenTensors.SmallestBytes && Native.rt_is_view(handle) == 0)
                ForgottenTensors.Add(counted = size);
        }

        ~Tensor() => Free();

        /// <summary>Tensor objects of this process that have not been disposed or collected.</summary>
        public static long TotalCount => Interlocked.Read(ref live);

        public static long PeakCount => Volatile.Read(ref peak);

        internal DisposeScope? Scope { get; set; }

        public nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Tensor));

        public bool IsInvalid => handle == 0;

        public void Dispose()
        {
            Scope?.Forget(this);
            Scope = null;
            Free();
            GC.SuppressFinalize(this);
        }

        void Free()
        {
            var owned = Interlocked.Exchange(ref handle, 0);
            if (owned == 0)
                return;
            Native.rt_free(owned);
            Interlocked.Decrement(ref live);
            if (counted > 0)
                ForgottenTensors.Remove(counted);
        }

        public Tensor MoveToOuterDisposeScope() => Scope is { } scope ? scope.MoveToOuter(this) : this;

        public Tensor DetachFromDisposeScope() => Scope is { } scope ? scope.Detach(this) : this;

        public long ndim => Native.rt_dim(Handle);

        public long numel() => Native.rt_numel(Handle);

        public long[] shape
        {
            get
            {
                var sizes = new long[ndim];
                fixed (long* p = sizes)
                    Native.rt_sizes(Handle, p);
                return sizes;
            }
        }

        public long size(int dim) => shape[dim < 0 ? dim + (int)ndim : dim];

        public ScalarType dtype => (ScalarType)Native.rt_dtype(Handle);

        public Device device => Native.rt_device(Handle) is var index and not -2 ? new(DeviceType.CUDA, index) : CPU;

        public bool is_contiguous() => Native.rt_is_contiguous(Handle) != 0;

        public bool is_leaf => Native.rt_is_leaf(Handle) != 0;

        public bool requires_grad
        {
            get => Native.rt_requires_grad(Handle) != 0;
            set => Native.Check(Native.rt_set_requires_grad(Handle, value ? 1 : 0));
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        /// <summary>The gradient after <see cref="backward()"/>, a new handle each time; null where there is none.</summary>
        public Tensor? grad
        {
            get => Native.rt_grad(Handle) is var g and not 0 ? new Tensor(g) : null;
            set => Native.Check(Native.rt_set_grad(Handle, value?.Handle ?? 0));
        }

        public void backward() => backward(null);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false)
        {
            var status = Native.rt_backward(Handle, grad_tensors is [var g, ..] ? g.Handle : 0, retain_graph ? 1 : 0);
            if (status < 0)
                CheckpointSegment.Rethrow();
            Native.Check(status);
        }

        /// <summary>The elements' bytes in place; the tensor must be contiguous, lie on the CPU and outlive the span.</summary>
        public Span<byte> bytes
        {
            get
            {
                if (!is_contiguous())
                    throw new NotImplementedException("Bytes() called on non-contiguous tensor.");
                if (Native.rt_device(Handle) != -2)
                    throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
                return new((void*)Data, checked((int)Native.rt_bytes(Handle)));
            }
            set => value.CopyTo(bytes);
        }

        public TensorAccessor<T> data<T>() where T : unmanaged => dtype == TypeOf<T>()
            ? new(this)
            : throw new ArgumentException($"The tensor holds {dtype}, not {typeof(T).Name}.");

        public T item<T>() where T : unmanaged
        {
            Number value;
            Native.Check(Native.rt_item(Handle, &value));
            object boxed = default(T) switch
            {
                float => (float)value.Real,
                double => value.Real,
                long => value.Whole,
                int => checked((int)value.Whole),
                bool => value.Real != 0,
                Half => (Half)value.Real,
                BFloat16 => (BFloat16)(float)value.Real,
                _ => throw new NotSupportedException($"item<{typeof(T).Name}>() is not part of this binding."),
            };
            return (T)boxed;
        }

        nint Data => (nint)Native.rt_data(Handle) is var p && (p != 0 || numel() == 0) ? p : throw Native.Failure();

        public override string ToString() => IsInvalid ? "disposed tensor" : $"[{string.Join(", ", shape)}], type = {dtype}";

        internal static ScalarType TypeOf<T>() => default(T) switch
        {
            float => ScalarType.Float32,
            double => ScalarType.Float64,
            long => ScalarType.Int64,
            int => ScalarType.Int32,
            short => ScalarType.Int16,
            byte => ScalarType.Byte,
            bool => ScalarType.Bool,
            Half => ScalarType.Float16,
            BFloat16 => ScalarType.BFloat16,
            _ => throw new ArgumentException($"There are no tensors of {typeof(T).Name} in this binding."),
        };
    }
}

/// <summary>The elements of a tensor, row-major whatever its strides.</summary>
public sealed class TensorAccessor<T>(torch.Tensor tensor) where T : unmanaged
{
    public long Count => tensor.numel();

    public T[] ToArray()
    {
        if (tensor.is_contiguous() && tensor.device.type == DeviceType.CPU)
            return MemoryMarshal.Cast<byte, T>(tensor.bytes).ToArray();
        using var scope = torch.NewDisposeScope();
        return MemoryMarshal.Cast<byte, T>(tensor.cpu().contiguous().bytes).ToArray();
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => ToArray().AsSpan(checked((int)tensorIndex)).CopyTo(array.AsSpan(arrayIndex));
}
