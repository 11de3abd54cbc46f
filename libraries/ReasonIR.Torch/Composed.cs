using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Torch;

/// <summary>The kernels of <see cref="Fused"/> composed of TorchSharp's own operations: equal up to rounding (and, with dropout, up to the draw).</summary>
public static class Composed
{
    public static Tensor PackedAttention(Tensor qkv, Tensor offsets, int heads, double dropout = 0)
    {
        var bounds = offsets.data<long>().ToArray();
        var hidden = qkv.shape[1] / 3;
        var width = hidden / heads;
        var parts = new List<Tensor>();
        for (var i = 0; i + 1 < bounds.Length; i++)
        {
            var length = bounds[i + 1] - bounds[i];
            if (length == 0)
                continue;
            var all = qkv.narrow(0, bounds[i], length).view(length, 3, heads, width).permute(1, 2, 0, 3);
            var scores = all[0].matmul(all[1].transpose(1, 2)) * (1 / Math.Sqrt(width));
            var shares = nn.functional.dropout(scores.softmax(-1), dropout, dropout > 0);
            parts.Add(shares.matmul(all[2]).transpose(0, 1).reshape(length, hidden));
        }
        return parts.Count == 0 ? zeros(new long[] { 0, hidden }, qkv.dtype) : cat(parts, 0);
    }

    public static Tensor DropoutAdd(Tensor x, Tensor residual, double dropout) => nn.functional.dropout(x, dropout, dropout > 0).add(residual);

    public static Tensor Dropout(Tensor x, double dropout) => nn.functional.dropout(x, dropout, dropout > 0);

    public static Tensor Embedding(Tensor weight, Tensor ids) => weight.index_select(0, ids.reshape(-1)).view([.. ids.shape, weight.shape[1]]);
}
