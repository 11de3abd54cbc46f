using ReasonIR.Models.Decoders;
using ReasonIR.Torch;

namespace ReasonIR.Models.Tests.Decoders;

/// <summary>
/// A decoder written down a second time, in plain loops over f64, one text at a time, with every score of attention in memory: what the
/// blocked and packed one must equal.
/// </summary>
sealed class ReferenceDecoder(DecoderConfig config, IReadOnlyDictionary<string, float[]> weights, bool bidirectional)
{
    public static ReferenceDecoder Of(DecoderModel model) =>
        new(model.Config, model.named_parameters().ToDictionary(p => p.name, p => p.parameter.data<float>().ToArray()), model.Bidirectional);

    /// <summary>Last hidden states, [tokens][hidden].</summary>
    public double[][] Run(int[] ids)
    {
        var h = ids.Select(id => Row("embed_tokens.weight", id, config.HiddenSize).Select(x => x * config.EmbeddingScale).ToArray()).ToArray();
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var at = $"layers.{layer}.";
            var attended = Attend(at, layer, Each(h, x => Norm(at + "input_layernorm", x)));
            var perceptronNorm = config.OuterNorms ? "pre_feedforward_layernorm" : "post_attention_layernorm";
            h = Sum(h, config.OuterNorms ? Each(attended, x => Norm(at + "post_attention_layernorm", x)) : attended);
            var gated = Each(h, x => Perceptron(at + "mlp.", Norm(at + perceptronNorm, x)));
            h = Sum(h, config.OuterNorms ? Each(gated, x => Norm(at + "post_feedforward_layernorm", x)) : gated);
        }
        return Each(h, x => Norm("norm", x));
    }

    double[][] Attend(string at, int layer, double[][] x)
    {
        int width = config.HeadWidth, group = config.Heads / config.KeyValueHeads;
        var query = Heads(at, "q", x, config.Heads);
        var key = Heads(at, "k", x, config.KeyValueHeads);
        var value = Each(x, row => Linear(at + "self_attn.v_proj", row));
        return [.. Enumerable.Range(0, x.Length).AsParallel().AsOrdered().Select(i =>
        {
            var result = new double[config.Heads * width];
            var from = !bidirectional && config.Windows[layer] is { } window ? Math.Max(0, i - window + 1) : 0;
            var to = bidirectional ? x.Length : i + 1;
            for (var head = 0; head < config.Heads; head++)
            {
                int own = head * width, shared = head / group * width;
                var scores = new double[to - from];
                for (var j = from; j < to; j++)
                {
                    double score = 0;
                    for (var d = 0; d < width; d++)
                        score += query[i][own + d] * key[j][shared + d];
                    score *= config.AttentionScale;
                    scores[j - from] = config.AttentionSoftCap > 0 ? config.AttentionSoftCap * Math.Tanh(score / config.AttentionSoftCap) : score;
                }
                var highest = scores.Max();
                var shares = scores.Select(s => Math.Exp(s - highest)).ToArray();
                var total = shares.Sum();
                for (var j = from; j < to; j++)
                    for (var d = 0; d < width; d++)
                        result[own + d] += shares[j - from] / total * value[j][shared + d];
            }
            return Linear(at + "self_attn.o_proj", result);
        })];
    }

    double[][] Heads(string at, string which, double[][] x, int heads)
    {
        var (width, half) = (config.HeadWidth, config.HeadWidth / 2);
        var frequencies = config.Rotary.Frequencies(width);
        return [.. x.Select((row, position) =>
        {
            var all = Linear($"{at}self_attn.{which}_proj", row);
            for (var head = 0; head < heads; head++)
            {
                var part = all[(head * width)..((head + 1) * width)];
                if (config.HeadNorms)
                    part = Norm($"{at}self_attn.{which}_norm", part);
                for (var d = 0; d < half; d++)
                {
                    var (sin, cos) = Math.SinCos(position * (double)frequencies[d]);
                    all[head * width + d] = part[d] * cos - part[half + d] * sin;
                    all[head * width + half + d] = part[half + d] * cos + part[d] * sin;
                }
            }
            return all;
        })];
    }

    double[] Perceptron(string at, double[] x)
    {
        var gate = Linear(at + "gate_proj", x);
        var up = Linear(at + "up_proj", x);
        return Linear(at + "down_proj", [.. gate.Zip(up, (g, u) => u * config.Activation switch
        {
            Gate.Silu => g / (1 + Math.Exp(-g)),
            Gate.GeluTanh => 0.5 * g * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g))),
            _ => throw new NotSupportedException(),
        })]);
    }

    double[] Norm(string name, double[] x)
    {
        var weight = weights[name + ".weight"];
        var scale = 1 / Math.Sqrt(x.Average(v => v * v) + config.NormEps);
        return [.. x.Select((v, i) => v * scale * (config.NormOffset + weight[i]))];
    }

    double[] Linear(string name, double[] x)
    {
        var weight = weights[name + ".weight"];
        var bias = weights.GetValueOrDefault(name + ".bias");
        var y = new double[weight.Length / x.Length];
        for (var o = 0; o < y.Length; o++)
        {
            var sum = bias?[o] ?? 0.0;
            for (var i = 0; i < x.Length; i++)
                sum += (double)weight[o * x.Length + i] * x[i];
            y[o] = sum;
        }
        return y;
    }

    IEnumerable<double> Row(string name, int row, int width) => weights[name].Skip(row * width).Take(width).Select(x => (double)x);

    static double[][] Each(double[][] rows, Func<double[], double[]> map) => [.. rows.Select(map)];

    static double[][] Sum(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (p, q) => p + q).ToArray())];
}
