using ReasonIR.Models.Bert;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Models.Decoders;

/// <summary>What the layers of one forward pass share.</summary>
/// <param name="Cos">f32 [tokens, head width / 2]</param>
/// <param name="Sin">f32 [tokens, head width / 2]</param>
/// <param name="Offsets">int64 [sequences + 1]</param>
/// <param name="Bidirectional">Whether a token sees those after it; then windows do not count.</param>
readonly record struct LayerContext(Tensor Cos, Tensor Sin, Tensor Offsets, bool Bidirectional);

/// <summary>One layer: attention with rotary positions and a gated perceptron, each after a norm and added to the residual stream.</summary>
sealed class DecoderLayer : nn.Module<Tensor, LayerContext, Tensor>
{
    readonly DecoderConfig config;
    readonly AttentionOptions causal, everywhere;
    readonly JointDense queryKeyValue, gateUp;
    readonly Dense output, down;
    readonly RmsNorm attentionNorm, perceptronNorm;
    readonly RmsNorm? queryNorm, keyNorm, afterAttention, afterPerceptron;

    public DecoderLayer(DecoderConfig config, int index, WeightStorage storage) : base(nameof(DecoderLayer))
    {
        this.config = config;
        everywhere = new(config.AttentionScale, SoftCap: config.AttentionSoftCap);
        causal = everywhere with { Left = config.Windows[index] - 1, Right = 0 };
        long hidden = config.HiddenSize, queries = (long)config.Heads * config.HeadWidth, keys = (long)config.KeyValueHeads * config.HeadWidth, wide = config.IntermediateSize;
        queryKeyValue = new(hidden, [queries, keys, keys], config.QueryKeyValueBias, storage);
        output = new(queries, hidden, config.OutputBias, storage);
        gateUp = new(hidden, [wide, wide], config.PerceptronBias, storage);
        down = new(wide, hidden, config.PerceptronBias, storage);
        RmsNorm Norm(long width) => new(width, config.NormEps, config.NormOffset, storage);
        (attentionNorm, perceptronNorm) = (Norm(hidden), Norm(hidden));

        List<(string, nn.Module)> parts =
        [
            ("self_attn.q_proj", queryKeyValue.Parts[0]), ("self_attn.k_proj", queryKeyValue.Parts[1]), ("self_attn.v_proj", queryKeyValue.Parts[2]), ("self_attn.o_proj", output),
            ("mlp.gate_proj", gateUp.Parts[0]), ("mlp.up_proj", gateUp.Parts[1]), ("mlp.down_proj", down),
            ("input_layernorm", attentionNorm),
        ];
        if (config.HeadNorms)
        {
            (queryNorm, keyNorm) = (Norm(config.HeadWidth), Norm(config.HeadWidth));
            parts.AddRange([("self_attn.q_norm", queryNorm), ("self_attn.k_norm", keyNorm)]);
        }
        if (config.OuterNorms)
        {
            (afterAttention, afterPerceptron) = (Norm(hidden), Norm(hidden));
            parts.AddRange([("post_attention_layernorm", afterAttention), ("pre_feedforward_layernorm", perceptronNorm), ("post_feedforward_layernorm", afterPerceptron)]);
        }
        else
            // The name says where the norm stands in the file, not what it does: it comes before the perceptron.
            parts.Add(("post_attention_layernorm", perceptronNorm));
        Part.Register(this, [.. parts]);
    }

    /// <param name="x">[tokens, hidden]</param>
    public override Tensor forward(Tensor x, LayerContext context)
    {
        using var scope = NewDisposeScope();
        var h = Attend(x, attentionNorm.call(x), context);
        return Perceptron(h, perceptronNorm.call(h)).MoveToOuterDisposeScope();
    }

    /// <summary>What a part of the layer gives, on top of the residual stream.</summary>
    static Tensor AddTo(Tensor stream, Dense last, Tensor x, RmsNorm? after) => after is null ? last.AddTo(stream, x) : stream.add(after.call(last.call(x)));

    Tensor Attend(Tensor stream, Tensor x, LayerContext context)
    {
        using var scope = NewDisposeScope();
        int heads = config.Heads, keyHeads = config.KeyValueHeads;
        var options = context.Bidirectional ? everywhere : causal;
        if (training)
            options = options with { Dropout = config.AttentionDropout };
        // [tokens, heads + 2 * keyHeads, width]: queries, keys, values
        var all = queryKeyValue.Apply(x, training).view(x.shape[0], heads + 2 * keyHeads, config.HeadWidth);
        Tensor attended;
        if (queryNorm is null || keyNorm is null)
        {
            // They stay one tensor, and so does their gradient.
            var turned = Fused.Rotary(all, context.Cos, context.Sin, heads + keyHeads);
            attended = Fused.JoinedAttention(turned.view(x.shape[0], -1), heads, keyHeads, context.Offsets, options);
        }
        else
        {
            var query = Fused.Rotary(queryNorm.call(all.narrow(1, 0, heads)), context.Cos, context.Sin);
            var key = Fused.Rotary(keyNorm.call(all.narrow(1, heads, keyHeads)), context.Cos, context.Sin);
            attended = Fused.Attention(query, key, all.narrow(1, heads + keyHeads, keyHeads), context.Offsets, options);
        }
        return AddTo(stream, output, attended, afterAttention).MoveToOuterDisposeScope();
    }

    Tensor Perceptron(Tensor stream, Tensor x)
    {
        using var scope = NewDisposeScope();
        var both = gateUp.Apply(x, training);
        var gated = Fused.Gated(both, config.Activation);
        both.Dispose();
        return AddTo(stream, down, gated, afterPerceptron).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            queryKeyValue.Dispose();
            gateUp.Dispose();
        }
        base.Dispose(disposing);
    }
}
