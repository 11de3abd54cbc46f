using ReasonIR.Torch.Binding;
using TorchSharp.Modules;

namespace TorchSharp;

public static unsafe partial class torch
{
    public static partial class nn
    {
        public enum Reduction { None = 0, Mean = 1, Sum = 2 }

        public static partial class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                new(Native.Check(Native.rt_linear(input.Handle, weights.Handle, bias?.Handle ?? 0)));

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5)
            {
                fixed (long* p = normalized_shape)
                    return new(Native.Check(Native.rt_layer_norm(input.Handle, p, normalized_shape.Length, weight?.Handle ?? 0, bias?.Handle ?? 0, eps)));
            }

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                new(Native.Check(Native.rt_dropout(input.Handle, p, training ? 1 : 0)));

            /// <summary>softmax(q kᵀ / sqrt(width)) v; the mask is true where a query sees a key.</summary>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0.0, bool is_casual = false) =>
                new(Native.Check(Native.rt_scaled_dot_product_attention(query.Handle, key.Handle, value.Handle, attn_mask?.Handle ?? 0, p, is_casual ? 1 : 0)));

            public static Tensor gelu(Tensor x, bool inplace = false) => x.gelu();
            public static Tensor logsigmoid(Tensor x) => new(Native.Check(Native.rt_log_sigmoid(x.Handle)));
            public static Tensor silu(Tensor x, bool inplace = false) => x.silu();
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            /// <summary>x / max(|x|, eps) along a dimension.</summary>
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12)
            {
                var norm = new Tensor(Native.Check(Native.rt_norm(input.Handle, p, dim, 1)));
                return input.div(norm.clamp(min: eps));
            }

            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                new(Native.Check(Native.rt_cross_entropy(input.Handle, target.Handle, weight?.Handle ?? 0, ignore_index, (int)reduction, label_smoothing)));
        }

        public static class utils
        {
            /// <summary>Scales the gradients so that their norm over all tensors is at most <paramref name="max_norm"/>; returns the norm before.</summary>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                var handles = tensors.Select(t => t.Handle).ToArray();
                fixed (nint* p = handles)
                {
                    var norm = Native.rt_clip_grad_norm(p, handles.Length, max_norm, norm_type);
                    return norm < 0 ? throw Native.Failure() : norm;
                }
            }
        }
    }
}
