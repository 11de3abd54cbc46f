using ReasonIR.Torch.Binding;
using static TorchSharp.torch;

namespace ReasonIR.Torch;

/// <summary>Operations that TorchSharp's interface lacks, as kernels of our own, each with its gradient.</summary>
public static class Fused
{
    /// <summary>
    /// Bidirectional multi-head attention over packed sequences: no padding is computed, and neither probabilities nor masks are
    /// stored for the backward pass, which recomputes them (Dao et al. 2022, FlashAttention).
    /// </summary>
    /// <param name="qkv">[tokens, 3 * hidden]: query, key and value side by side, heads contiguous within each.</param>
    /// <param name="offsets">int64 [sequences + 1]: where each sequence starts, and the number of tokens.</param>
    /// <param name="heads">Attention heads; hidden is a multiple of it.</param>
    /// <param name="dropout">Share of attention probabilities zeroed (0 outside training).</param>
    /// <returns>[tokens, hidden]</returns>
    public static Tensor PackedAttention(Tensor qkv, Tensor offsets, int heads, double dropout = 0) =>
        new(Native.Check(Native.rt_packed_attention(qkv.Handle, offsets.Handle, heads, dropout)));

    /// <summary>
    /// Multi-head attention over packed sequences: no padding is computed, and neither probabilities nor masks are stored.
    /// </summary>
    /// <param name="q">[tokens, heads, width], the last dimension contiguous; views of one projection are fine.</param>
    /// <param name="k">[tokens, kvHeads, width]; heads is a multiple of kvHeads, and neighboring heads share a key head.</param>
    /// <param name="v">[tokens, kvHeads, width]</param>
    /// <param name="offsets">int64 [sequences + 1]: where each sequence starts, and the number of tokens.</param>
    /// <param name="options">Scale, window, soft cap, dropout.</param>
    /// <returns>[tokens, heads * width]</returns>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, Tensor offsets, AttentionOptions options) => Composed.Attention(q, k, v, offsets, options);

    /// <summary>x / sqrt(mean(x²) + eps) * (offset + weight) over the last dimension; statistics in f32 (f64 for f64).</summary>
    /// <param name="x">[..., width]</param>
    /// <param name="weight">[width]</param>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps, double offset = 0) => Composed.RmsNorm(x, weight, eps, offset);

    /// <summary>Rotary positions, half-split (NeoX): (a, b) becomes (a cos - b sin, b cos + a sin) for the halves a, b of each head.</summary>
    /// <param name="x">[tokens, heads, width]</param>
    /// <param name="cos">f32 [tokens, width / 2]</param>
    /// <param name="sin">f32 [tokens, width / 2]</param>
    public static Tensor Rotary(Tensor x, Tensor cos, Tensor sin) => Composed.Rotary(x, cos, sin);

    /// <summary>act(first half) * second half: [tokens, 2 * wide] to [tokens, wide].</summary>
    public static Tensor Gated(Tensor gateUp, Gate kind) => Composed.Gated(gateUp, kind);

    /// <summary>x weightᵀ + bias in x's type. A weight of another type is cast, and its gradient flows back in its own.</summary>
    /// <param name="x">[..., in]</param>
    /// <param name="weight">[out, in]</param>
    /// <param name="bias">[out]</param>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null) => Composed.Linear(x, weight, bias);

    /// <summary>A segment of a model whose inner values are dropped after the forward pass and computed again in the backward pass.</summary>
    public static Tensor Checkpoint(Func<Tensor, Tensor> segment, Tensor input) => segment(input);

    /// <summary>residual + dropout(x), the mask drawn from the default generator; without dropout a plain sum.</summary>
    public static Tensor DropoutAdd(Tensor x, Tensor residual, double dropout) =>
        dropout == 0 ? x.add(residual) : new(Native.Check(Native.rt_dropout_add(x.Handle, residual.Handle, dropout)));

    /// <summary>dropout(x), the mask drawn from the default generator.</summary>
    public static Tensor Dropout(Tensor x, double dropout) =>
        dropout == 0 ? x.alias() : new(Native.Check(Native.rt_dropout_add(x.Handle, 0, dropout)));

    /// <summary>Rows of <paramref name="weight"/> [rows, width] by int64 ids of any shape: [..., width].</summary>
    public static Tensor Embedding(Tensor weight, Tensor ids) => new(Native.Check(Native.rt_embedding(weight.Handle, ids.Handle)));
}
