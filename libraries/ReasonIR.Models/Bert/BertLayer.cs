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

    public BertLayer(BertConfig config, BertBlockNames names, WeightStorage storage) : base(nameof(BertLayer))
    {
        this.config = config;
        int hidden = config.HiddenSize, wide = config.IntermediateSize;
        (query, key, value, attentionOutput) = (Square(), Square(), Square(), Square());
        (intermediate, output) = (new(hidden, wide, storage: storage), new(wide, hidden, storage: storage));
        (attentionNorm, outputNorm) = (new(hidden, config.NormEps, storage), new(hidden, config.NormEps, storage));
        Part.Register(this, (names.Query, query), (names.Key, key), (names.Value, value), (names.AttentionOutput, attentionOutput), (names.AttentionNorm, attentionNorm),
            (names.Intermediate, intermediate), (names.Output, output), (names.OutputNorm, outputNorm));

        Dense Square() => new(hidden, hidden, storage: storage);
    }

    /// <param name="x">[tokens, hidden]</param>
    /// <param name="offsets">int64 [sequences + 1]</param>
    public override Tensor forward(Tensor x, Tensor offsets)
    {
        using var scope = NewDisposeScope();
        var (hiddenDropout, attentionDropout) = training ? (config.HiddenDropout, config.AttentionDropout) : (0, 0);
        var attended = Attend(Projected(x, scope), offsets, attentionDropout);
        var h = attentionNorm.AddTo(x, attentionOutput.call(attended), hiddenDropout);
        var y = outputNorm.AddTo(h, output.call(intermediate.Gelu(h)), hiddenDropout);
        return y.MoveToOuterDisposeScope();
    }

    /// <param name="qkv">[tokens, 3 * hidden]</param>
    /// <returns>[tokens, hidden]</returns>
    Tensor Attend(Tensor qkv, Tensor offsets, double dropout)
    {
        if (qkv.dtype == ScalarType.Float32 && qkv.device.type == DeviceType.CPU)
            return Fused.PackedAttention(qkv, offsets, config.Heads, dropout);
        var width = config.HiddenSize / config.Heads;
        Tensor Third(int index) => qkv.narrow(1, index * config.HiddenSize, config.HiddenSize).view(-1, config.Heads, width);
        return Fused.Attention(Third(0), Third(1), Third(2), offsets, new(1 / Math.Sqrt(width), Dropout: dropout));
    }

    /// <summary>Query, key and value side by side: [tokens, 3 * hidden].</summary>
    Tensor Projected(Tensor x, DisposeScope scope)
    {
        if (query.Adapter is not null || key.Adapter is not null || value.Adapter is not null)
            return cat([query.call(x), key.call(x), value.call(x)], 1);
        var (weight, bias) = Joined(x.dtype, scope);
        return Fused.Linear(x, weight, bias, constant: !training && !is_grad_enabled());
    }

    /// <summary>The three projections as one matrix product; kept between calls, in the compute type, where nothing is being trained.</summary>
    (Tensor Weight, Tensor Bias) Joined(ScalarType type, DisposeScope scope)
    {
        if (joinedWeight is not null && joinedBias is not null && joinedWeight.dtype == type && !is_grad_enabled())
            return (joinedWeight, joinedBias);
        var weight = cat([query.weight, key.weight, value.weight]);
        var bias = cat([query.bias!, key.bias!, value.bias!]);
        if (!training && !is_grad_enabled())
        {
            Forget();
            (joinedWeight, joinedBias) = (scope.Detach(weight.to(type)), scope.Detach(bias.to(type)));
            return (joinedWeight, joinedBias);
        }
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
