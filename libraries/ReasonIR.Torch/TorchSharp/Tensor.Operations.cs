using ReasonIR.Torch.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        static Tensor New(nint handle) => new(Native.Check(handle));

        Tensor Same(int status)
        {
            Native.Check(status);
            return this;
        }

        public Tensor neg() => New(Native.rt_neg(Handle));
        public Tensor exp() => New(Native.rt_exp(Handle));
        public Tensor log() => New(Native.rt_log(Handle));
        public Tensor sqrt() => New(Native.rt_sqrt(Handle));
        public Tensor rsqrt() => New(Native.rt_rsqrt(Handle));
        public Tensor abs() => New(Native.rt_abs(Handle));
        public Tensor tanh() => New(Native.rt_tanh(Handle));
        public Tensor sigmoid() => New(Native.rt_sigmoid(Handle));
        public Tensor silu() => New(Native.rt_silu(Handle));
        public Tensor relu() => New(Native.rt_relu(Handle));

        public Tensor sin() => New(Native.rt_sin(Handle));
        public Tensor cos() => New(Native.rt_cos(Handle));
        public Tensor erf() => New(Native.rt_erf(Handle));
        public Tensor log1p() => New(Native.rt_log1p(Handle));
        public Tensor square() => New(Native.rt_square(Handle));
        public Tensor sign() => New(Native.rt_sign(Handle));
        public Tensor floor() => New(Native.rt_floor(Handle));
        public Tensor ceil() => New(Native.rt_ceil(Handle));
        public Tensor round() => New(Native.rt_round(Handle));
        public Tensor isfinite() => New(Native.rt_isfinite(Handle));
        public Tensor isnan() => New(Native.rt_isnan(Handle));
        public Tensor all() => New(Native.rt_all(Handle));
        public Tensor any() => New(Native.rt_any(Handle));
        public Tensor argmax(long dim, bool keepdim = false) => New(Native.rt_argmax(Handle, dim, keepdim ? 1 : 0));
        public Tensor cumsum(long dim, ScalarType? type = null) => Typed(type, t => New(Native.rt_cumsum(t.Handle, dim)));
        public Tensor tril(long diagonal = 0) => New(Native.rt_tril(Handle, diagonal));
        public Tensor triu(long diagonal = 0) => New(Native.rt_triu(Handle, diagonal));

        /// <summary>The exact form, with the error function.</summary>
        public Tensor gelu() => New(Native.rt_gelu(Handle));

        public Tensor detach() => New(Native.rt_detach(Handle));
        public Tensor clone() => New(Native.rt_clone(Handle));
        public Tensor contiguous() => New(Native.rt_contiguous(Handle));
        public Tensor alias() => view(shape);
        public Tensor logical_not() => New(Native.rt_logical_not(Handle));

        public Tensor add(Tensor target) => New(Native.rt_add(Handle, target.Handle, 1.0.Whole()));
        public Tensor add(Tensor target, Scalar alpha) => New(Native.rt_add(Handle, target.Handle, alpha.Value));
        public Tensor add(Scalar scalar) => New(Native.rt_add_scalar(Handle, scalar.Value));
        public Tensor sub(Tensor target) => New(Native.rt_sub(Handle, target.Handle, 1.0.Whole()));
        public Tensor sub(Scalar scalar) => New(Native.rt_sub_scalar(Handle, scalar.Value));
        public Tensor mul(Tensor target) => New(Native.rt_mul(Handle, target.Handle));
        public Tensor mul(Scalar scalar) => New(Native.rt_mul_scalar(Handle, scalar.Value));
        public Tensor div(Tensor target) => New(Native.rt_div(Handle, target.Handle));
        public Tensor div(Scalar target) => New(Native.rt_div_scalar(Handle, target.Value));
        public Tensor pow(Tensor exponent) => New(Native.rt_pow(Handle, exponent.Handle));
        public Tensor pow(Scalar exponent) => New(Native.rt_pow_scalar(Handle, exponent.Value));
        public Tensor maximum(Tensor other) => New(Native.rt_maximum(Handle, other.Handle));
        public Tensor minimum(Tensor other) => New(Native.rt_minimum(Handle, other.Handle));
        public Tensor matmul(Tensor target) => New(Native.rt_matmul(Handle, target.Handle));
        public Tensor logical_and(Tensor other) => New(Native.rt_logical_and(Handle, other.Handle));
        public Tensor logical_or(Tensor other) => New(Native.rt_logical_or(Handle, other.Handle));

        public Tensor eq(Tensor target) => New(Native.rt_eq(Handle, target.Handle));
        public Tensor eq(Scalar target) => New(Native.rt_eq_scalar(Handle, target.Value));
        public Tensor ne(Tensor target) => New(Native.rt_ne(Handle, target.Handle));
        public Tensor ne(Scalar target) => New(Native.rt_ne_scalar(Handle, target.Value));
        public Tensor lt(Tensor target) => New(Native.rt_lt(Handle, target.Handle));
        public Tensor lt(Scalar target) => New(Native.rt_lt_scalar(Handle, target.Value));
        public Tensor le(Tensor target) => New(Native.rt_le(Handle, target.Handle));
        public Tensor le(Scalar target) => New(Native.rt_le_scalar(Handle, target.Value));
        public Tensor gt(Tensor target) => New(Native.rt_gt(Handle, target.Handle));
        public Tensor gt(Scalar target) => New(Native.rt_gt_scalar(Handle, target.Value));
        public Tensor ge(Tensor target) => New(Native.rt_ge(Handle, target.Handle));
        public Tensor ge(Scalar target) => New(Native.rt_ge_scalar(Handle, target.Value));

        public Tensor clamp(Scalar? min = null, Scalar? max = null)
        {
            Number low = min?.Value ?? default, high = max?.Value ?? default;
            return New(Native.rt_clamp(Handle, min is null ? null : &low, max is null ? null : &high));
        }

        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);
        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);
        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);
        public static Tensor operator -(Scalar left, Tensor right) => New(Native.rt_rsub_scalar(right.Handle, left.Value));
        public static Tensor operator -(Tensor tensor) => tensor.neg();
        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);
        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);

        public Tensor add_(Tensor target) => Same(Native.rt_add_(Handle, target.Handle, 1.0.Whole()));
        public Tensor add_(Tensor target, Scalar alpha) => Same(Native.rt_add_(Handle, target.Handle, alpha.Value));
        public Tensor add_(Scalar scalar) => Same(Native.rt_add_scalar_(Handle, scalar.Value));
        public Tensor sub_(Tensor target) => Same(Native.rt_sub_(Handle, target.Handle));
        public Tensor mul_(Tensor target) => Same(Native.rt_mul_(Handle, target.Handle));
        public Tensor mul_(Scalar scalar) => Same(Native.rt_mul_scalar_(Handle, scalar.Value));
        public Tensor div_(Tensor target) => Same(Native.rt_div_(Handle, target.Handle));
        public Tensor copy_(Tensor source, bool non_blocking = false) => Same(Native.rt_copy_(Handle, source.Handle));
        public Tensor fill_(Scalar value) => Same(Native.rt_fill_(Handle, value.Value));
        public Tensor zero_() => Same(Native.rt_fill_(Handle, 0.0));

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            if (dtype == type && !copy)
                return this;
            var converted = New(Native.rt_to_type(Handle, (int)type, copy ? 1 : 0));
            if (disposeAfter)
                Dispose();
            return converted;
        }

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to(type, copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            var here = this.device;
            if (!copy && here.type == device.type && (device.index < 0 || here.index == device.index))
                return this;
            var moved = New(Native.rt_to_device(Handle, Code(device), copy ? 1 : 0, non_blocking ? 1 : 0));
            if (disposeAfter)
                Dispose();
            return moved;
        }

        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(torch.device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to(torch.device(device), copy, disposeAfter, non_blocking);

        /// <summary>A copy in memory that a GPU reads by itself, so that a copy to it need not be waited for. Needs CUDA.</summary>
        public Tensor pin_memory() => New(Native.rt_pin_memory(Handle));

        public Tensor cpu() => to(CPU);
        public Tensor cuda(Device? device = null, bool non_blocking = false) => to(device ?? torch.device("cuda"), non_blocking: non_blocking);
        public Tensor bfloat16() => to(ScalarType.BFloat16);
        public Tensor half() => to(ScalarType.Float16);
        public Tensor @float() => to(ScalarType.Float32);
        public Tensor @double() => to(ScalarType.Float64);
        public Tensor @long() => to(ScalarType.Int64);
        public Tensor @bool() => to(ScalarType.Bool);

        public Tensor view(params long[] shape) { fixed (long* p = shape) return New(Native.rt_view(Handle, p, shape.Length)); }
        public Tensor reshape(params long[] shape) { fixed (long* p = shape) return New(Native.rt_reshape(Handle, p, shape.Length)); }
        public Tensor expand(params long[] sizes) { fixed (long* p = sizes) return New(Native.rt_expand(Handle, p, sizes.Length)); }
        public Tensor permute(params long[] permutation) { fixed (long* p = permutation) return New(Native.rt_permute(Handle, p, permutation.Length)); }
        public Tensor transpose(long dim0, long dim1) => New(Native.rt_transpose(Handle, dim0, dim1));
        public Tensor t() => transpose(0, 1);
        public Tensor narrow(long dim, long start, long length) => New(Native.rt_narrow(Handle, dim, start, length));
        public Tensor select(long dim, long index) => New(Native.rt_select(Handle, dim, index));
        public Tensor this[long i1] => select(0, i1);
        public Tensor unsqueeze(long dim) => New(Native.rt_unsqueeze(Handle, dim));
        public Tensor squeeze(long dim) => New(Native.rt_squeeze(Handle, dim));
        public Tensor index_select(long dim, Tensor index) => New(Native.rt_index_select(Handle, dim, index.Handle));
        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) =>
            alpha.Value is { Real: 1 } ? New(Native.rt_index_add(Handle, dim, index.Handle, source.Handle)) : index_add(dim, index, source.mul(alpha), 1);
        public Tensor index_add_(long dim, Tensor index, Tensor source) => Same(Native.rt_index_add_(Handle, dim, index.Handle, source.Handle));
        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Same(Native.rt_index_copy_(Handle, dim, index.Handle, source.Handle));
        public Tensor gather(long dim, Tensor index) => New(Native.rt_gather(Handle, dim, index.Handle));
        public Tensor masked_fill(Tensor mask, Scalar value) => New(Native.rt_masked_fill(Handle, mask.Handle, value.Value));
        public Tensor repeat_interleave(long repeats, long? dim = null) => New(Native.rt_repeat_interleave(Handle, repeats, dim ?? 0, dim is null ? 1 : 0));

        public Tensor sum(ScalarType? type = null) => Typed(type, t => New(Native.rt_sum(t.Handle)));
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null)
        {
            using var converted = type is { } wanted && wanted != dtype ? to(wanted) : null;
            fixed (long* p = dim)
                return New(Native.rt_sum_dims((converted ?? this).Handle, p, dim.Length, keepdim ? 1 : 0));
        }

        public Tensor mean() => New(Native.rt_mean(Handle));

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => Typed(type, t =>
        {
            fixed (long* p = dimensions)
                return New(Native.rt_mean_dims(t.Handle, p, dimensions.Length, keepdim ? 1 : 0));
        });

        public Tensor max() => New(Native.rt_max(Handle));
        public Tensor min() => New(Native.rt_min(Handle));

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false)
        {
            nint values, indices;
            Native.Check(Native.rt_max_dim(Handle, dim, keepdim ? 1 : 0, &values, &indices));
            return (new(values), new(indices));
        }

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true)
        {
            nint values, indices;
            Native.Check(Native.rt_topk(Handle, k, dim, largest ? 1 : 0, sorted ? 1 : 0, &values, &indices));
            return (new(values), new(indices));
        }

        public Tensor norm(int dim, bool keepdim = false, float p = 2.0f) => New(Native.rt_norm(Handle, p, dim, keepdim ? 1 : 0));
        public Tensor softmax(long dim, ScalarType? dtype = null) => Typed(dtype, t => New(Native.rt_softmax(t.Handle, dim)));
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Typed(dtype, t => New(Native.rt_log_softmax(t.Handle, dim)));
        public Tensor logsumexp(long dim, bool keepdim = false) => New(Native.rt_logsumexp(Handle, dim, keepdim ? 1 : 0));

        Tensor Typed(ScalarType? type, Func<Tensor, Tensor> operation)
        {
            if (type is not { } wanted || wanted == dtype)
                return operation(this);
            using var converted = to(wanted);
            return operation(converted);
        }
    }

    static Number Whole(this double value) => new(value, (long)value, 1);
}
