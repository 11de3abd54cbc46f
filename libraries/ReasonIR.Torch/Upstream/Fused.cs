using static TorchSharp.torch;

namespace ReasonIR.Torch;

/// <summary>The binding's kernels by the names the models call, over the TorchSharp package.</summary>
public static class Fused
{
    public static Tensor PackedAttention(Tensor qkv, Tensor offsets, int heads, double dropout = 0) => Composed.PackedAttention(qkv, offsets, heads, dropout);

    public static Tensor DropoutAdd(Tensor x, Tensor residual, double dropout) => Composed.DropoutAdd(x, residual, dropout);

    public static Tensor Dropout(Tensor x, double dropout) => Composed.Dropout(x, dropout);

    public static Tensor Embedding(Tensor weight, Tensor ids) => Composed.Embedding(weight, ids);
}
