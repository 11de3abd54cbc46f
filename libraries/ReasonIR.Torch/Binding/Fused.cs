using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ReasonIR.Torch.Binding;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Torch;

/// <summary>
/// Operations that TorchSharp's interface lacks, as kernels of our own, each with its gradient. They take tensors of f32, bf16 and f64 on
/// the CPU; others are composed (<see cref="Composed"/>). No result depends on the number of threads, nor one text's on its neighbors.
/// </summary>
public static unsafe class Fused
{
    /// <summary>
    /// Multi-head attention over packed sequences: no padding is computed, and neither probabilities nor masks are stored for the
    /// backward pass, which recomputes them (Dao et al. 2022, FlashAttention). Memory grows with the tokens, not with their square.
    /// </summary>
    /// <param name="q">[tokens, heads, width], the last dimension contiguous; views of one projection are fine.</param>
    /// <param name="k">[tokens, kvHeads, width]; heads is a multiple of kvHeads, and neighboring heads share a key head.</param>
    /// <param name="v">[tokens, kvHeads, width]</param>
    /// <param name="offsets">int64 [sequences + 1]: where each sequence starts, and the number of tokens.</param>
    /// <param name="options">Scale, window, soft cap, dropout.</param>
    /// <returns>[tokens, heads * width]</returns>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, Tensor offsets, AttentionOptions options) => Runs(q)
        ? New(Native.rt_attention(q.Handle, k.Handle, v.Handle, offsets.Handle, 0, 0, new(options)))
        : Composed.Attention(q, k, v, offsets, options);

    /// <summary>The same over one projection of queries, keys and values side by side, whose gradient is one tensor too.</summary>
    /// <param name="qkv">[tokens, (heads + 2 * kvHeads) * width]</param>
    public static Tensor JoinedAttention(Tensor qkv, int heads, int kvHeads, Tensor offsets, AttentionOptions options) => Runs(qkv)
        ? New(Native.rt_attention(qkv.Handle, 0, 0, offsets.Handle, heads, kvHeads, new(options)))
        : Composed.JoinedAttention(qkv, heads, kvHeads, offsets, options);

    /// <summary>Bidirectional attention over a joint projection [tokens, 3 * hidden], scores scaled by 1 / sqrt(hidden / heads).</summary>
    public static Tensor PackedAttention(Tensor qkv, Tensor offsets, int heads, double dropout = 0) =>
        JoinedAttention(qkv, heads, heads, offsets, new(1 / Math.Sqrt(qkv.shape[1] / 3.0 / heads), Dropout: dropout));

    /// <summary>x / sqrt(mean(x²) + eps) * (offset + weight) over the last dimension; statistics in f32 (f64 for f64).</summary>
    /// <param name="x">[..., width]</param>
    /// <param name="weight">[width], of x's type, or f32 beside bf16.</param>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps, double offset = 0) => Runs(x)
        ? New(Native.rt_rms_norm(x.Handle, weight.Handle, eps, offset))
        : Composed.RmsNorm(x, weight, eps, offset);

    /// <summary>Layer norm of residual + dropout(x), or of x where there is no residual; statistics in f32 (f64 for f64).</summary>
    /// <param name="x">[..., width]</param>
    /// <param name="residual">Of x's shape and type.</param>
    /// <param name="weight">[width], of x's type, or f32 beside bf16.</param>
    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor? bias, double eps, Tensor? residual = null, double dropout = 0) => Runs(x)
        ? New(Native.rt_add_layer_norm(x.Handle, residual?.Handle ?? 0, dropout, weight.Handle, bias?.Handle ?? 0, eps))
        : Composed.LayerNorm(x, weight, bias, eps, residual, dropout);

    /// <summary>Rotary positions, half-split (NeoX): (a, b) becomes (a cos - b sin, b cos + a sin) for the halves a, b of each head.</summary>
    /// <param name="x">[tokens, heads, width]</param>
    /// <param name="cos">f32 [tokens, width / 2]</param>
    /// <param name="sin">f32 [tokens, width / 2]</param>
    /// <param name="heads">So many are turned, the others passed through (values beside queries and keys); null: all.</param>
    public static Tensor Rotary(Tensor x, Tensor cos, Tensor sin, long? heads = null) => Runs(x)
        ? New(Native.rt_rotary(x.Handle, cos.Handle, sin.Handle, heads ?? x.shape[1]))
        : Composed.Rotary(x, cos, sin, heads);

    /// <summary>act(first half) * second half: [..., 2 * wide] to [..., wide].</summary>
    public static Tensor Gated(Tensor gateUp, Gate kind) => Runs(gateUp) ? New(Native.rt_gated(gateUp.Handle, Code(kind))) : Composed.Gated(gateUp, kind);

    /// <summary>
    /// act(x weightᵀ + bias) + residual in x's type, what follows the product done while its sums are in the cache. A weight of another type
    /// is cast, and its gradient flows back in its own.
    /// </summary>
    /// <param name="x">[..., in]</param>
    /// <param name="weight">[out, in]</param>
    /// <param name="bias">[out]</param>
    /// <param name="activation">Null: none.</param>
    /// <param name="residual">[..., out], of x's type.</param>
    /// <param name="constant">Nothing is being trained: beside bf16 the weight may be kept in another form (<see cref="TorchRuntime.Bf16"/>).</param>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null, Gate? activation = null, Tensor? residual = null, bool constant = false) => Runs(x) && Fits(x, weight) && (bias is null || Fits(x, bias))
        ? New(Native.rt_fused_linear(x.Handle, weight.Handle, bias?.Handle ?? 0, activation is { } gate ? Code(gate) : -1, residual?.Handle ?? 0, constant ? 1 : 0))
        : Composed.Linear(x, weight, bias, activation, residual);

    /// <summary>
    /// A segment of a model whose inner values are dropped after the forward pass and computed again in the backward pass (Chen et al.
    /// 2016), dropout masks included. Tensors that the segment captures must still be there then: those that end with the caller's
    /// scope go through <see cref="Checkpoint(Func{Tensor, Tensor[], Tensor}, Tensor, Tensor[])"/>.
    /// </summary>
    public static Tensor Checkpoint(Func<Tensor, Tensor> segment, Tensor input) => Checkpoint((x, _) => segment(x), input);

    /// <summary>The same with tensors without gradient that are kept for the segment and handed to it in each run.</summary>
    public static Tensor Checkpoint(Func<Tensor, Tensor[], Tensor> segment, Tensor input, params Tensor[] constants) =>
        CheckpointSegment.Run(segment, input, constants);

    /// <summary>residual + dropout(x), the mask drawn from the default generator; without dropout a plain sum.</summary>
    public static Tensor DropoutAdd(Tensor x, Tensor residual, double dropout) => dropout == 0 ? x.add(residual)
        : Runs(x) ? New(Native.rt_dropout_add(x.Handle, residual.Handle, dropout))
        : Composed.DropoutAdd(x, residual, dropout);

    /// <summary>dropout(x), the mask drawn from the default generator.</summary>
    public static Tensor Dropout(Tensor x, double dropout) => dropout == 0 ? x.alias()
        : Runs(x) ? New(Native.rt_dropout_add(x.Handle, 0, dropout))
        : Composed.Dropout(x, dropout);

    /// <summary>Rows of <paramref name="weight"/> [rows, width] by int64 ids of any shape: [..., width].</summary>
    public static Tensor Embedding(Tensor weight, Tensor ids) => New(Native.rt_embedding(weight.Handle, ids.Handle));

    /// <summary>What a GPU computes, on any device: for checks of that path (docs/gpu.md).</summary>
    static readonly bool Composes = Environment.GetEnvironmentVariable("REASONIR_KERNELS") == "composed";

    static Tensor New(nint handle) => new(Native.Check(handle));

    /// <summary>Whether the kernels take it.</summary>
    static bool Runs(Tensor x) => !Composes && Native.rt_device(x.Handle) == -2 && x.dtype is ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float64;

    static bool Fits(Tensor x, Tensor weight) => weight.dtype is var type && (type == x.dtype || type == ScalarType.Float32 && x.dtype == ScalarType.BFloat16);

    /// <summary>table.h's Activation.</summary>
    static int Code(Gate kind) => kind switch
    {
        Gate.Silu => 0,
        Gate.GeluTanh => 1,
        Gate.Gelu => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "silu, gelu-tanh or gelu was expected"),
    };
}
