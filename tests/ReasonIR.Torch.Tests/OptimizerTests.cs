using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Torch.Tests;

public sealed class OptimizerTests : TorchTest
{
    [Fact]
    public void AdamW_follows_its_definition_over_several_steps()
    {
        const double rate = 0.01, decay = 0.1, beta1 = 0.9, beta2 = 0.99, eps = 1e-8;
        var start = new[] { 0.5, -1.0, 2.0, 0.0 };
        var parameter = new Parameter(tensor(start, float32));
        using var optimizer = optim.AdamW([parameter], rate, beta1, beta2, eps, decay);
        double[] x = [.. start], m = new double[4], v = new double[4];
        for (var step = 1; step <= 5; step++)
        {
            optimizer.zero_grad();
            (parameter.pow(3) * 0.3 + parameter).sum().backward();
            optimizer.step();
            for (var i = 0; i < x.Length; i++)
            {
                var g = 0.9 * x[i] * x[i] + 1;
                m[i] = beta1 * m[i] + (1 - beta1) * g;
                v[i] = beta2 * v[i] + (1 - beta2) * g * g;
                x[i] = x[i] * (1 - rate * decay) - rate * (m[i] / (1 - Math.Pow(beta1, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(beta2, step))) + eps);
            }
            var actual = parameter.data<float>().ToArray();
            for (var i = 0; i < x.Length; i++)
                Assert.Equal(x[i], actual[i], 1e-6);
        }
        parameter.Dispose();
    }

    [Fact]
    public void Groups_have_their_own_decay_and_a_parameter_without_gradient_stays()
    {
        var decayed = new Parameter(ones([3]));
        var plain = new Parameter(ones([3]));
        var idle = new Parameter(ones([3]));
        using var optimizer = optim.AdamW([new AdamW.ParamGroup([decayed, idle], new AdamW.Options { weight_decay = 0.5 }), new AdamW.ParamGroup([plain], new AdamW.Options { weight_decay = 0 })], lr: 0.1);
        ((decayed + plain) * 0).sum().backward();
        optimizer.step();
        Assert.Equal(0.95f, decayed[0].item<float>(), 6);
        Assert.Equal(1f, plain[0].item<float>());
        Assert.Equal(1f, idle[0].item<float>());
        foreach (var p in new[] { decayed, plain, idle })
            p.Dispose();
    }

    [Fact]
    public void Clipping_scales_all_gradients_by_one_factor()
    {
        var a = new Parameter(ones([1]));
        var b = new Parameter(ones([1]));
        (a * 3 + b * 4).sum().backward();
        Assert.Equal(5, nn.utils.clip_grad_norm_([a, b], 1), 9);
        Assert.Equal(0.6f, a.grad!.item<float>(), 5);
        Assert.Equal(0.8f, b.grad!.item<float>(), 5);
        Assert.Equal(1, nn.utils.clip_grad_norm_([a, b], 10), 5);
        a.Dispose();
        b.Dispose();
    }
}
