using static TorchSharp.torch;

namespace ReasonIR.Torch;

/// <summary>The binding's kernels by the names the models call, over the TorchSharp package.</summary>
public static class Fused
{
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, Tensor offsets, AttentionOptions options) => Composed.Attention(q, k, v, offsets, options);

    public static Tensor JoinedAttention(Tensor qkv, int heads, int kvHeads, Tensor offsets, AttentionOptions options) => Composed.JoinedAttention(qkv, heads, kvHeads, offsets, options);

    public static Tensor PackedAttention(Tensor qkv, Tensor offsets, int heads, double dropout = 0) =>
        JoinedAttention(qkv, heads, heads, offsets, new(1 / Math.Sqrt(qkv.shape[1] / 3.0 / heads), Dropout: dropout));

    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor? bias, double eps, Tensor? residual = null, double dropout = 0) => Composed.LayerNorm(x, weight, bias, eps, residual, dropout);

    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps, double offset = 0) => Composed.RmsNorm(x, weight, eps, offset);

    public static Tensor Rotary(Tensor x, Tensor cos, Tensor sin, long? heads = null) => Composed.Rotary(x, cos, sin, heads);

    public static Tensor Gated(Tensor gateUp, Gate kind) => Composed.Gated(gateUp, kind);

    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null, Gate? activation = null, Tensor? residual = null, bool constant = false) => Composed.Linear(x, weight, bias, activation, residual);

    public static Tensor Checkpoint(Func<Tensor, Tensor> segment, Tensor input) => segment(input);

    public static Tensor Checkpoint(Func<Tensor, Tensor[], Tensor> segment, Tensor input, params Tensor[] constants) => segment(input, constants);

    public static Tensor DropoutAdd(Tensor x, Tensor residual, double dropout) => Composed.DropoutAdd(x, residual, dropout);

    public static Tensor Dropout(Tensor x, double dropout) => Composed.Dropout(x, dropout);

    public static Tensor Embedding(Tensor weight, Tensor ids) => Composed.Embedding(weight, ids);
}
