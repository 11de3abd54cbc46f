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

    /// <summary>residual + dropout(x), the mask drawn from the default generator; without dropout a plain sum.</summary>
    public static Tensor DropoutAdd(Tensor x, Tensor residual, double dropout) =>
        dropout == 0 ? x.add(residual) : new(Native.Check(Native.rt_dropout_add(x.Handle, residual.Handle, dropout)));

    /// <summary>dropout(x), the mask drawn from the default generator.</summary>
    public static Tensor Dropout(Tensor x, double dropout) =>
        dropout == 0 ? x.alias() : new(Native.Check(Native.rt_dropout_add(x.Handle, 0, dropout)));

    /// <summary>Rows of <paramref name="weight"/> [rows, width] by int64 ids of any shape: [..., width].</summary>
    public static Tensor Embedding(Tensor weight, Tensor ids) => new(Native.Check(Native.rt_embedding(weight.Handle, ids.Handle)));
}
