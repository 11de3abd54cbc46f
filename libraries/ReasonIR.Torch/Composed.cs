using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Torch;

/// <summary>The kernels of <see cref="Fused"/> composed of TorchSharp's own operations: equal up to rounding (and, with dropout, up to the draw).</summary>
public static class Composed
{
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, Tensor offsets, AttentionOptions options)
    {
        using var scope = NewDisposeScope();
        var bounds = offsets.cpu().data<long>().ToArray();
        if (ScaledDotProduct.Takes(q, options))
            return ScaledDotProduct.Attention(q, k, v, bounds, options).MoveToOuterDisposeScope();
        long heads = q.shape[1], width = q.shape[2], group = heads / k.shape[1];
        var parts = new List<Tensor>();
        for (var i = 0; i + 1 < bounds.Length; i++)
        {
            long start = bounds[i], length = bounds[i + 1] - start;
            if (length == 0)
                continue;
            // [heads, length, width]
            Tensor Part(Tensor x) => x.narrow(0, start, length).transpose(0, 1);
            Tensor Spread(Tensor x) => group == 1 ? Part(x) : Part(x).repeat_interleave(group, 0);
            var scores = Part(q).matmul(Spread(k).transpose(1, 2)) * options.Scale;
            if (options.SoftCap > 0)
                scores = (scores / options.SoftCap).tanh() * options.SoftCap;
            if (Unseen(length, options, q.device) is { } unseen)
                scores = scores.masked_fill(unseen, double.NegativeInfinity);
            var shares = scores.softmax(-1, q.dtype == float64 ? float64 : float32).to(q.dtype);
            if (options.Dropout > 0)
                shares = nn.functional.dropout(shares, options.Dropout);
            parts.Add(shares.matmul(Spread(v)).transpose(0, 1).reshape(length, heads * width));
        }
        var all = parts.Count == 0 ? zeros([0, heads * width], q.dtype, q.device) : cat(parts, 0);
        return all.MoveToOuterDisposeScope();
    }

    /// <summary>bool [length, length], true where a query (row) does not see a key; null where every one does.</summary>
    internal static Tensor? Unseen(long length, AttentionOptions options, Device device)
    {
        var (left, right) = (options.Left ?? length, options.Right ?? length);
        if (left >= length - 1 && right >= length - 1)
            return null;
        var at = arange(length, int64, device);
        var after = at.unsqueeze(0) - at.unsqueeze(1);
        return after.gt(right).logical_or(after.lt(-left));
    }

    public static Tensor JoinedAttention(Tensor qkv, int heads, int kvHeads, Tensor offsets, AttentionOptions options)
    {
        using var scope = NewDisposeScope();
        var all = qkv.view(-1, heads + 2 * kvHeads, qkv.shape[1] / (heads + 2 * kvHeads));
        return Attention(all.narrow(1, 0, heads), all.narrow(1, heads, kvHeads), all.narrow(1, heads + kvHeads, kvHeads), offsets, options).MoveToOuterDisposeScope();
    }

    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps, double offset = 0)
    {
        using var scope = NewDisposeScope();
        var exact = Wide(x);
        var norm = exact * (exact.pow(2).mean([-1], true) + eps).rsqrt();
        var factor = weight.to(exact.dtype);
        return (norm * (offset == 0 ? factor : factor + offset)).to(x.dtype).MoveToOuterDisposeScope();
    }

    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor? bias, double eps, Tensor? residual = null, double dropout = 0)
    {
        using var scope = NewDisposeScope();
        var sum = residual is null ? x : DropoutAdd(x, residual, dropout);
        var exact = Wide(sum);
        return nn.functional.layer_norm(exact, [x.shape[^1]], weight.to(exact.dtype), bias?.to(exact.dtype), eps).to(x.dtype).MoveToOuterDisposeScope();
    }

    public static Tensor Rotary(Tensor x, Tensor cos, Tensor sin, long? heads = null)
    {
        using var scope = NewDisposeScope();
        if (heads is { } turned && turned < x.shape[1])
            return cat([Rotary(x.narrow(1, 0, turned), cos, sin), x.narrow(1, turned, x.shape[1] - turned)], 1).MoveToOuterDisposeScope();
        var exact = Wide(x);
        var half = x.shape[2] / 2;
        var (c, s) = (cos.unsqueeze(1).to(exact.dtype), sin.unsqueeze(1).to(exact.dtype));
        var (first, second) = (exact.narrow(2, 0, half), exact.narrow(2, half, half));
        return cat([first * c - second * s, second * c + first * s], 2).to(x.dtype).MoveToOuterDisposeScope();
    }

    public static Tensor Gated(Tensor gateUp, Gate kind)
    {
        using var scope = NewDisposeScope();
        var wide = gateUp.shape[^1] / 2;
        return (Active(Wide(gateUp.narrow(-1, 0, wide)), kind) * gateUp.narrow(-1, wide, wide)).to(gateUp.dtype).MoveToOuterDisposeScope();
    }

    static Tensor Active(Tensor x, Gate kind) => kind switch
    {
        Gate.Silu => x.silu(),
        Gate.Gelu => nn.functional.gelu(x),
        _ => 0.5 * x * (1 + (Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x.pow(3))).tanh()),
    };

    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias, Gate? activation = null, Tensor? residual = null)
    {
        using var scope = NewDisposeScope();
        var y = nn.functional.linear(x, weight.to(x.dtype), bias?.to(x.dtype));
        if (activation is { } kind)
            y = Active(Wide(y), kind).to(x.dtype);
        return (residual is null ? y : y + residual).MoveToOuterDisposeScope();
    }

    public static Tensor DropoutAdd(Tensor x, Tensor residual, double dropout) => nn.functional.dropout(x, dropout, dropout > 0).add(residual);

    public static Tensor Dropout(Tensor x, double dropout) => nn.functional.dropout(x, dropout, dropout > 0);

    public static Tensor Embedding(Tensor weight, Tensor ids) => weight.index_select(0, ids.reshape(-1)).view([.. ids.shape, weight.shape[1]]);

    /// <summary>f32 for the narrow types: what statistics and activations are computed in.</summary>
    static Tensor Wide(Tensor x) => x.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? x.to(float32) : x;
}
