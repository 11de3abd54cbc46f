using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Models.Bert;

/// <summary>One block: attention and a two-layer perceptron, each with dropout, residual and a norm after it.</summary>
sealed class BertLayer : nn.Module<Tensor, Tensor, Tensor>
{
    readonly BertConfig config;
    readonly Dense query, key, value, attentionOutput, intermediate, output;
    readonly Norm attentionNorm, outputNorm;
    Tensor? joinedWeight, joinedBias;

    public BertLayer(BertConfig config) : base(nameof(BertLayer))
    {
        this.config = config;
        int hidden = config.HiddenSize, wide = config.IntermediateSize;
        (query, key, value) = (new(hidden, hidden), new(hidden, hidden), new(hidden, hidden));
        (attentionOutput, attentionNorm) = (new(hidden, hidden), new(hidden, config.NormEps));
        (intermediate, output, outputNorm) = (new(hidden, wide), new(wide, hidden), new(hidden, config.NormEps));
        register_module("attention", Part.Of(
            ("self", Part.Of(("query", query), ("key", key), ("value", value))),
            ("output", Part.Of(("dense", attentionOutput), ("LayerNorm", attentionNorm)))));
        register_module("intermediate", Part.Of(("dense", intermediate)));
        register_module("output", Part.Of(("dense", output), ("LayerNorm", outputNorm)));
    }

    /// <param name="x">[tokens, hidden]</param>
    /// <param name="offsets">int64 [sequences + 1]</param>
    public override Tensor forward(Tensor x, Tensor offsets)
    {
        using var scope = NewDisposeScope();
        var (hiddenDropout, attentionDropout) = training ? (config.HiddenDropout, config.AttentionDropout) : (0, 0);
        var (weight, bias) = Joined(scope);
        var attended = Fused.PackedAttention(nn.functional.linear(x, weight, bias), offsets, config.Heads, attentionDropout);
        var h = attentionNorm.call(Fused.DropoutAdd(attentionOutput.call(attended), x, hiddenDropout));
        var y = outputNorm.call(Fused.DropoutAdd(output.call(intermediate.call(h).gelu()), h, hiddenDropout));
        return y.MoveToOuterDisposeScope();
    }

    /// <summary>The three projections as one matrix product; kept between calls where nothing is being trained.</summary>
    (Tensor Weight, Tensor Bias) Joined(DisposeScope scope)
    {
        if (joinedWeight is not null && joinedBias is not null && !is_grad_enabled())
            return (joinedWeight, joinedBias);
        var weight = cat([query.weight, key.weight, value.weight]);
        var bias = cat([query.bias!, key.bias!, value.bias!]);
        if (!training && !is_grad_enabled())
            (joinedWeight, joinedBias) = (scope.Detach(weight), scope.Detach(bias));
        return (weight, bias);
    }

    public override void train(bool on = true)
    {
        Forget();
        base.train(on);
    }

    /// <summary>Drops what was derived from the weights; called whenever they may have changed.</summary>
    void Forget()
    {
        joinedWeight?.Dispose();
        joinedBias?.Dispose();
        joinedWeight = joinedBias = null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Forget();
        base.Dispose(disposing);
    }
}

/// <summary>A level of names in the checkpoint without work of its own.</summary>
sealed class Part : nn.Module
{
    Part() : base(nameof(Part))
    {
    }

    public static Part Of(params ReadOnlySpan<(string Name, nn.Module Module)> children)
    {
        var part = new Part();
        foreach (var (name, module) in children)
            part.register_module(name, module);
        return part;
    }
}
