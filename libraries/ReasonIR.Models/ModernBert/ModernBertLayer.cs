using ReasonIR.Models.Bert;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Models.ModernBert;

/// <summary>What the layers of one forward pass share: rotations of the two kinds of layers (f32 [tokens, head width / 2]) and the sequences.</summary>
readonly record struct ModernBertContext((Tensor Cos, Tensor Sin) Global, (Tensor Cos, Tensor Sin) Local, Tensor Offsets);

/// <summary>One layer: attention, of all tokens or of the neighbors, and a gated perceptron, each after a norm and added to the residual stream.</summary>
sealed class ModernBertLayer : nn.Module<Tensor, ModernBertContext, Tensor>
{
    readonly ModernBertConfig config;
    readonly bool isGlobal;
    readonly AttentionOptions options;
    readonly Dense queryKeyValue, attentionOutput, gateUp, down;
    readonly Norm? attentionNorm;
    readonly Norm perceptronNorm;

    public ModernBertLayer(ModernBertConfig config, int index, WeightStorage storage) : base(nameof(ModernBertLayer))
    {
        (this.config, isGlobal) = (config, config.Global[index]);
        int? reach = isGlobal ? null : config.LocalReach;
        options = new(1 / Math.Sqrt(config.HeadWidth), reach, reach);
        long hidden = config.HiddenSize, wide = config.IntermediateSize;
        queryKeyValue = new(hidden, 3 * hidden, config.AttentionBias, storage);
        attentionOutput = new(hidden, hidden, config.AttentionBias, storage);
        gateUp = new(hidden, 2 * wide, config.PerceptronBias, storage);
        down = new(wide, hidden, config.PerceptronBias, storage);
        // The embeddings' norm stands before the first layer already.
        attentionNorm = index == 0 ? null : new(hidden, config.NormEps, storage, config.NormBias);
        perceptronNorm = new(hidden, config.NormEps, storage, config.NormBias);
        List<(string, nn.Module)> parts = [("attn.Wqkv", queryKeyValue), ("attn.Wo", attentionOutput), ("mlp_norm", perceptronNorm), ("mlp.Wi", gateUp), ("mlp.Wo", down)];
        if (attentionNorm is not null)
            parts.Insert(0, ("attn_norm", attentionNorm));
        Part.Register(this, [.. parts]);
    }

    /// <param name="x">[tokens, hidden]</param>
    public override Tensor forward(Tensor x, ModernBertContext context)
    {
        using var scope = NewDisposeScope();
        var h = x.add(Attend(attentionNorm?.call(x) ?? x, context));
        return h.add(Perceptron(perceptronNorm.call(h))).MoveToOuterDisposeScope();
    }

    Tensor Attend(Tensor x, ModernBertContext context)
    {
        using var scope = NewDisposeScope();
        // [tokens, 3 * heads, width]: queries, keys, values
        var all = queryKeyValue.call(x).view(x.shape[0], 3 * config.Heads, config.HeadWidth);
        var (cos, sin) = isGlobal ? context.Global : context.Local;
        var turned = Fused.Rotary(all, cos, sin, 2 * config.Heads);
        var dropout = training ? config.AttentionDropout : 0;
        var attended = Fused.JoinedAttention(turned.view(x.shape[0], -1), config.Heads, config.Heads, context.Offsets, options with { Dropout = dropout });
        return Fused.Dropout(attentionOutput.call(attended), dropout).MoveToOuterDisposeScope();
    }

    Tensor Perceptron(Tensor x)
    {
        using var scope = NewDisposeScope();
        var gated = Fused.Gated(gateUp.call(x), Gate.Gelu);
        return down.call(Fused.Dropout(gated, training ? config.PerceptronDropout : 0)).MoveToOuterDisposeScope();
    }
}
