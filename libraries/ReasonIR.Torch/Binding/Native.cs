using System.Runtime.InteropServices;

namespace ReasonIR.Torch.Binding;

/// <summary>A scalar as the native side takes it.</summary>
[StructLayout(LayoutKind.Sequential)]
readonly struct Number(double real, long whole, int kind)
{
    public readonly double Real = real;
    public readonly long Whole = whole;

    /// <summary>0 real, 1 whole, 2 boolean.</summary>
    public readonly int Kind = kind;

    public static implicit operator Number(double value) => new(value, 0, 0);
}

/// <summary>The C functions of native/reasonir_torch.cpp. A null handle, or a status below zero, means <see cref="Error"/>.</summary>
static unsafe partial class Native
{
    public const string Library = "reasonir_torch";

    /// <summary>The handle, or the native message as an exception of the type that TorchSharp throws.</summary>
    public static nint Check(nint handle) => handle != 0 ? handle : throw Failure();

    public static void Check(int status)
    {
        if (status < 0)
            throw Failure();
    }

    public static ExternalException Failure() => new(Marshal.PtrToStringUTF8(rt_error()) is { Length: > 0 } text ? text : "libtorch failed without a message");

    [LibraryImport(Library)] internal static partial nint rt_error();
    [LibraryImport(Library)] internal static partial nint rt_version();
    [LibraryImport(Library)] internal static partial int rt_start();
    [LibraryImport(Library)] internal static partial nint rt_kernels();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int rt_set_kernels(string name);
    [LibraryImport(Library)] internal static partial nint rt_bf16();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int rt_set_bf16(string name);
    [LibraryImport(Library)] internal static partial long rt_fixed_peak(long steps);
    [LibraryImport(Library)] internal static partial void rt_memory(long* counters);
    [LibraryImport(Library)] internal static partial void rt_reset_peak();
    [LibraryImport(Library)] internal static partial void rt_trim(long kept);
    [LibraryImport(Library)] internal static partial nint rt_blas();
    [LibraryImport(Library)] internal static partial int rt_set_num_threads(int n);
    [LibraryImport(Library)] internal static partial int rt_get_num_threads();
    [LibraryImport(Library)] internal static partial int rt_has_cuda();
    [LibraryImport(Library)] internal static partial int rt_cuda_devices();
    [LibraryImport(Library)] internal static partial int rt_cuda_synchronize(int device);
    [LibraryImport(Library)] internal static partial int rt_grad_enabled();
    [LibraryImport(Library)] internal static partial void rt_set_grad_enabled(int on);
    [LibraryImport(Library)] internal static partial int rt_manual_seed(long seed);
    [LibraryImport(Library)] internal static partial nint rt_get_rng_state();
    [LibraryImport(Library)] internal static partial int rt_set_rng_state(nint state);

    [LibraryImport(Library)] internal static partial void rt_free(nint h);
    [LibraryImport(Library)] internal static partial nint rt_empty(long* s, int n, int type, int device);
    [LibraryImport(Library)] internal static partial nint rt_full(long* s, int n, Number v, int type, int device);
    [LibraryImport(Library)] internal static partial nint rt_arange(Number a, Number b, Number step, int type, int device);
    [LibraryImport(Library)] internal static partial nint rt_rand(long* s, int n, int type, int device);
    [LibraryImport(Library)] internal static partial nint rt_randn(long* s, int n, int type, int device);

    [LibraryImport(Library)] internal static partial int rt_device(nint h);
    [LibraryImport(Library)] internal static partial nint rt_pin_memory(nint h);
    [LibraryImport(Library)] internal static partial nint rt_to_device(nint h, int device, int copy, int nonBlocking);

    [LibraryImport(Library)] internal static partial long rt_dim(nint h);
    [LibraryImport(Library)] internal static partial void rt_sizes(nint h, long* sizes);
    [LibraryImport(Library)] internal static partial long rt_numel(nint h);
    [LibraryImport(Library)] internal static partial long rt_bytes(nint h);
    [LibraryImport(Library)] internal static partial int rt_dtype(nint h);
    [LibraryImport(Library)] internal static partial int rt_is_contiguous(nint h);
    [LibraryImport(Library)] internal static partial int rt_is_view(nint h);
    [LibraryImport(Library)] internal static partial int rt_is_leaf(nint h);
    [LibraryImport(Library)] internal static partial void* rt_data(nint h);
    [LibraryImport(Library)] internal static partial void rt_written(nint h);
    [LibraryImport(Library)] internal static partial int rt_requires_grad(nint h);
    [LibraryImport(Library)] internal static partial int rt_set_requires_grad(nint h, int on);
    [LibraryImport(Library)] internal static partial nint rt_grad(nint h);
    [LibraryImport(Library)] internal static partial int rt_set_grad(nint h, nint g);
    [LibraryImport(Library)] internal static partial int rt_item(nint h, Number* value);
    [LibraryImport(Library)] internal static partial int rt_backward(nint h, nint gradient, int retain);

    [LibraryImport(Library)] internal static partial nint rt_neg(nint a);
    [LibraryImport(Library)] internal static partial nint rt_exp(nint a);
    [LibraryImport(Library)] internal static partial nint rt_log(nint a);
    [LibraryImport(Library)] internal static partial nint rt_sqrt(nint a);
    [LibraryImport(Library)] internal static partial nint rt_rsqrt(nint a);
    [LibraryImport(Library)] internal static partial nint rt_abs(nint a);
    [LibraryImport(Library)] internal static partial nint rt_tanh(nint a);
    [LibraryImport(Library)] internal static partial nint rt_sigmoid(nint a);
    [LibraryImport(Library)] internal static partial nint rt_silu(nint a);
    [LibraryImport(Library)] internal static partial nint rt_relu(nint a);
    [LibraryImport(Library)] internal static partial nint rt_sin(nint a);
    [LibraryImport(Library)] internal static partial nint rt_cos(nint a);
    [LibraryImport(Library)] internal static partial nint rt_erf(nint a);
    [LibraryImport(Library)] internal static partial nint rt_log1p(nint a);
    [LibraryImport(Library)] internal static partial nint rt_square(nint a);
    [LibraryImport(Library)] internal static partial nint rt_sign(nint a);
    [LibraryImport(Library)] internal static partial nint rt_floor(nint a);
    [LibraryImport(Library)] internal static partial nint rt_ceil(nint a);
    [LibraryImport(Library)] internal static partial nint rt_round(nint a);
    [LibraryImport(Library)] internal static partial nint rt_isfinite(nint a);
    [LibraryImport(Library)] internal static partial nint rt_isnan(nint a);
    [LibraryImport(Library)] internal static partial nint rt_all(nint a);
    [LibraryImport(Library)] internal static partial nint rt_any(nint a);
    [LibraryImport(Library)] internal static partial nint rt_log_sigmoid(nint a);
    [LibraryImport(Library)] internal static partial nint rt_argmax(nint a, long d, int keepdim);
    [LibraryImport(Library)] internal static partial nint rt_cumsum(nint a, long d);
    [LibraryImport(Library)] internal static partial nint rt_tril(nint a, long d);
    [LibraryImport(Library)] internal static partial nint rt_triu(nint a, long d);
    [LibraryImport(Library)] internal static partial nint rt_index_add(nint a, long d, nint i, nint b);
    [LibraryImport(Library)] internal static partial int rt_index_add_(nint a, long d, nint i, nint b);
    [LibraryImport(Library)] internal static partial int rt_index_copy_(nint a, long d, nint i, nint b);
    [LibraryImport(Library)] internal static partial nint rt_gelu(nint a);
    [LibraryImport(Library)] internal static partial nint rt_detach(nint a);
    [LibraryImport(Library)] internal static partial nint rt_alias(nint a);
    [LibraryImport(Library)] internal static partial nint rt_clone(nint a);
    [LibraryImport(Library)] internal static partial nint rt_contiguous(nint a);
    [LibraryImport(Library)] internal static partial nint rt_sum(nint a);
    [LibraryImport(Library)] internal static partial nint rt_mean(nint a);
    [LibraryImport(Library)] internal static partial nint rt_max(nint a);
    [LibraryImport(Library)] internal static partial nint rt_min(nint a);
    [LibraryImport(Library)] internal static partial nint rt_logical_not(nint a);

    [LibraryImport(Library)] internal static partial nint rt_add(nint a, nint b, Number alpha);
    [LibraryImport(Library)] internal static partial nint rt_sub(nint a, nint b, Number alpha);
    [LibraryImport(Library)] internal static partial nint rt_mul(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_div(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_matmul(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_maximum(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_minimum(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_pow(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_logical_and(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_logical_or(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_eq(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_ne(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_lt(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_le(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_gt(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_ge(nint a, nint b);

    [LibraryImport(Library)] internal static partial nint rt_add_scalar(nint a, Number b);
    [LibraryImport(Library)] internal static partial nint rt_sub_scalar(nint a, Number b);
    [LibraryImport(Library)] internal static partial nint rt_rsub_scalar(nint a, Number b);
    [LibraryImport(Library)] internal static partial nint rt_mul_scalar(nint a, Number b);
    [LibraryImport(Library)] internal static partial nint rt_div_scalar(nint a, Number b);
    [LibraryImport(Library)] internal static partial nint rt_pow_scalar(nint a, Number b);
    [LibraryImport(Library)] internal static partial nint rt_eq_scalar(nint a, Number b);
    [LibraryImport(Library)] internal static partial nint rt_ne_scalar(nint a, Number b);
    [LibraryImport(Library)] internal static partial nint rt_lt_scalar(nint a, Number b);
    [LibraryImport(Library)] internal static partial nint rt_le_scalar(nint a, Number b);
    [LibraryImport(Library)] internal static partial nint rt_gt_scalar(nint a, Number b);
    [LibraryImport(Library)] internal static partial nint rt_ge_scalar(nint a, Number b);
    [LibraryImport(Library)] internal static partial nint rt_clamp(nint a, Number* low, Number* high);

    [LibraryImport(Library)] internal static partial int rt_add_(nint a, nint b, Number alpha);
    [LibraryImport(Library)] internal static partial int rt_add_scalar_(nint a, Number b);
    [LibraryImport(Library)] internal static partial int rt_sub_(nint a, nint b);
    [LibraryImport(Library)] internal static partial int rt_mul_(nint a, nint b);
    [LibraryImport(Library)] internal static partial int rt_mul_scalar_(nint a, Number b);
    [LibraryImport(Library)] internal static partial int rt_div_(nint a, nint b);
    [LibraryImport(Library)] internal static partial int rt_copy_(nint a, nint b);
    [LibraryImport(Library)] internal static partial int rt_fill_(nint a, Number b);
    [LibraryImport(Library)] internal static partial int rt_normal_(nint a, double mean, double std);

    [LibraryImport(Library)] internal static partial nint rt_to_type(nint a, int type, int copy);
    [LibraryImport(Library)] internal static partial nint rt_view(nint a, long* s, int n);
    [LibraryImport(Library)] internal static partial nint rt_reshape(nint a, long* s, int n);
    [LibraryImport(Library)] internal static partial nint rt_expand(nint a, long* s, int n);
    [LibraryImport(Library)] internal static partial nint rt_permute(nint a, long* s, int n);
    [LibraryImport(Library)] internal static partial nint rt_transpose(nint a, long x, long y);
    [LibraryImport(Library)] internal static partial nint rt_narrow(nint a, long d, long start, long length);
    [LibraryImport(Library)] internal static partial nint rt_select(nint a, long d, long i);
    [LibraryImport(Library)] internal static partial nint rt_unsqueeze(nint a, long d);
    [LibraryImport(Library)] internal static partial nint rt_squeeze(nint a, long d);
    [LibraryImport(Library)] internal static partial nint rt_index_select(nint a, long d, nint i);
    [LibraryImport(Library)] internal static partial nint rt_gather(nint a, long d, nint i);
    [LibraryImport(Library)] internal static partial nint rt_masked_fill(nint a, nint mask, Number v);
    [LibraryImport(Library)] internal static partial nint rt_where(nint c, nint a, nint b);
    [LibraryImport(Library)] internal static partial nint rt_repeat_interleave(nint a, long times, long d, int flat);
    [LibraryImport(Library)] internal static partial nint rt_cat(nint* list, int n, long d);
    [LibraryImport(Library)] internal static partial nint rt_stack(nint* list, int n, long d);

    [LibraryImport(Library)] internal static partial nint rt_sum_dims(nint a, long* s, int n, int keepdim);
    [LibraryImport(Library)] internal static partial nint rt_mean_dims(nint a, long* s, int n, int keepdim);
    [LibraryImport(Library)] internal static partial nint rt_norm(nint a, double p, long d, int keepdim);
    [LibraryImport(Library)] internal static partial nint rt_softmax(nint a, long d);
    [LibraryImport(Library)] internal static partial nint rt_log_softmax(nint a, long d);
    [LibraryImport(Library)] internal static partial nint rt_logsumexp(nint a, long d, int keepdim);
    [LibraryImport(Library)] internal static partial int rt_max_dim(nint a, long d, int keepdim, nint* values, nint* indices);
    [LibraryImport(Library)] internal static partial int rt_topk(nint a, long k, long d, int largest, int sorted, nint* values, nint* indices);

    [LibraryImport(Library)] internal static partial nint rt_linear(nint x, nint w, nint b);
    [LibraryImport(Library)] internal static partial nint rt_layer_norm(nint x, long* s, int n, nint w, nint b, double eps);
    [LibraryImport(Library)] internal static partial int rt_has_scaled_dot_product_attention();
    [LibraryImport(Library)] internal static partial nint rt_scaled_dot_product_attention(nint q, nint k, nint v, nint mask, double dropout, int causal);
    [LibraryImport(Library)] internal static partial nint rt_dropout(nint x, double p, int training);
    [LibraryImport(Library)] internal static partial nint rt_cross_entropy(nint x, nint target, nint weight, long ignore, int reduction, double smoothing);
    [LibraryImport(Library)] internal static partial nint rt_embedding(nint weight, nint ids);

    [LibraryImport(Library)] internal static partial nint rt_attention(nint q, nint k, nint v, nint offsets, long heads, long kvHeads, NativeAttention options);
    [LibraryImport(Library)] internal static partial nint rt_rms_norm(nint x, nint w, double eps, double offset);
    [LibraryImport(Library)] internal static partial nint rt_add_layer_norm(nint x, nint residual, double dropout, nint w, nint b, double eps);
    [LibraryImport(Library)] internal static partial nint rt_rotary(nint x, nint cos, nint sin, long turned);
    [LibraryImport(Library)] internal static partial nint rt_gated(nint x, int kind);
    [LibraryImport(Library)] internal static partial nint rt_fused_linear(nint x, nint w, nint b, int activation, nint residual, int constant);
    [LibraryImport(Library)] internal static partial nint rt_dropout_add(nint x, nint residual, double p);
    [LibraryImport(Library)] internal static partial nint rt_checkpoint(nint segment, delegate* unmanaged<nint, nint, nint> run, delegate* unmanaged<nint, void> release, nint input);
    [LibraryImport(Library)] internal static partial int rt_adamw(nint* p, nint* g, nint* m, nint* v, double* numbers, int n);
    [LibraryImport(Library)] internal static partial double rt_clip_grad_norm(nint* list, int n, double max, double type);
}

/// <summary>AttentionOptions of the native side; windows that see everything are longer than any text.</summary>
[StructLayout(LayoutKind.Sequential)]
readonly struct NativeAttention(AttentionOptions o)
{
    const long Everything = 1L << 40;

    public readonly double Scale = o.Scale, SoftCap = o.SoftCap, Dropout = o.Dropout;
    public readonly long Left = o.Left ?? Everything, Right = o.Right ?? Everything;
}
