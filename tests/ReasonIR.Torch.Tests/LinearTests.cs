using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Torch.Tests;

public sealed class LinearTests : TorchTest
{
    // Tokens, in, out: around tiles (9 x 48), the change to few rows (96) and blocks of the depth (448).
    public static TheoryData<long, long, long> Shapes { get; } = new()
    {
        { 1, 1, 1 }, { 1, 384, 100 }, { 9, 48, 48 }, { 10, 47, 49 }, { 96, 449, 130 }, { 97, 448, 131 }, { 300, 1000, 64 }, { 500, 70, 700 }, { 3, 16, 5 }, { 0, 8, 8 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Values_and_gradients_equal_the_composed_ones(long tokens, long narrow, long wide)
    {
        Tensor[] inputs = [randn([tokens, narrow]), randn([wide, narrow]), randn([wide])];
        var by = randn([tokens, wide]);
        foreach (var kernels in Kernels())
            foreach (var (x, w) in new[] { (float32, float32), (bfloat16, float32), (bfloat16, bfloat16), (float64, float64) })
                foreach (var biased in new[] { true, false })
                {
                    TorchRuntime.Kernels = kernels;
                    Tensor[] Run(Func<Tensor, Tensor, Tensor?, Tensor> f)
                    {
                        Tensor[] t = [inputs[0].to(x).detach().clone().requires_grad_(), inputs[1].to(w).detach().clone().requires_grad_(), inputs[2].to(w).detach().clone().requires_grad_()];
                        var y = f(t[0], t[1], biased ? t[2] : null);
                        Assert.Equal(x, y.dtype);
                        (y * by.to(x)).sum().backward();
                        return [y, t[0].grad!, t[1].grad!, .. biased ? [t[2].grad!] : Array.Empty<Tensor>()];
                    }
                    // Sums of rounded products: as far apart as the roots of their lengths.
                    var unit = x == float64 ? 1e-14 : x == float32 ? 2e-6 : 0.01;
                    foreach (var (p, q) in Run((a, b, c) => Fused.Linear(a, b, c)).Zip(Run((a, b, c) => Composed.Linear(a.@double(), b.@double(), c?.@double()).to(x))))
                        if (p.numel() > 0)
                            Assert.InRange(Difference(p, q), 0, unit * (5 + q.abs().max().@double().item<double>()));
                }
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(Gate.Gelu, false)]
    [InlineData(Gate.Gelu, true)]
    [InlineData(Gate.GeluTanh, true)]
    [InlineData(Gate.Silu, false)]
    public void An_activation_and_a_residual_after_the_product_equal_the_composed_ones(Gate? activation, bool added)
    {
        foreach (var (tokens, narrow, wide) in new[] { (5L, 7L, 130L), (96, 449, 50), (200, 500, 70) })
        {
            Tensor[] inputs = [randn([tokens, narrow]), randn([wide, narrow]) / Math.Sqrt(narrow), randn([wide]), randn([tokens, wide])];
            var by = randn([tokens, wide]);
            foreach (var kernels in Kernels())
                foreach (var type in new[] { float32, bfloat16, float64 })
                {
                    TorchRuntime.Kernels = kernels;
                    Tensor[] Run(Func<Tensor, Tensor, Tensor, Tensor?, Tensor> f)
                    {
                        var t = inputs.Select(x => x.to(type).detach().clone().requires_grad_()).ToArray();
                        var y = f(t[0], t[1], t[2], added ? t[3] : null);
                        Assert.Equal(type, y.dtype);
                        (y * by.to(type)).sum().backward();
                        // The same without a gradient.
                        using var mode = no_grad();
                        Assert.Equal(0, Difference(y, f(t[0], t[1], t[2], added ? t[3] : null)));
                        return [y, .. t.Take(added ? 4 : 3).Select(x => x.grad!)];
                    }
                    var unit = type == float64 ? 1e-12 : type == float32 ? 4e-6 : 0.02;
                    foreach (var (p, q) in Run((a, b, c, r) => Fused.Linear(a, b, c, activation, r)).Zip(Run((a, b, c, r) => Composed.Linear(a.@double(), b.@double(), c.@double(), activation, r?.@double()).to(type))))
                        Assert.InRange(Difference(p, q), 0, unit * (5 + q.abs().max().@double().item<double>()));
                }
        }
    }

    [Fact]
    public void Gradients_are_those_of_finite_differences()
    {
        Tensor x = randn([4, 5], float64), w = randn([3, 5], float64), b = randn([3], float64);
        CheckGradient(x, t => Fused.Linear(t, w, b).pow(2), 1e-6);
        CheckGradient(w, t => Fused.Linear(x, t, b).pow(2), 1e-6);
        CheckGradient(b, t => Fused.Linear(x, w, t).pow(2), 1e-6);
        var r = randn([4, 3], float64);
        foreach (var gate in new[] { Gate.Gelu, Gate.GeluTanh, Gate.Silu })
        {
            CheckGradient(x, t => Fused.Linear(t, w, b, gate, r).pow(2), 1e-6);
            CheckGradient(w, t => Fused.Linear(x, t, b, gate, r).pow(2), 1e-6);
            CheckGradient(b, t => Fused.Linear(x, w, t, gate, r).pow(2), 1e-6);
            CheckGradient(r, t => Fused.Linear(x, w, b, gate, t).pow(2), 1e-6);
        }
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others_or_on_the_threads()
    {
        Tensor x = randn([700, 900]), w = randn([333, 900]), b = randn([333]);
        var all = Fused.Linear(x, w, b);
        foreach (var (start, length) in new[] { (0, 1), (5, 20), (100, 96), (100, 97), (13, 600) })
            Assert.Equal(0, Difference(all.narrow(0, start, length), Fused.Linear(x.narrow(0, start, length), w, b)));
        var threads = get_num_threads();
        List<Tensor> gradients = [];
        foreach (var n in new[] { 1, 2, 5 })
        {
            set_num_threads(n);
            Assert.Equal(0, Difference(all, Fused.Linear(x, w, b)));
            var t = w.detach().clone().requires_grad_();
            Fused.Linear(x, t, b).pow(2).sum().backward();
            gradients.Add(t.grad!);
        }
        set_num_threads(threads);
        Assert.Equal(0, Difference(gradients[0], gradients[1]));
        Assert.Equal(0, Difference(gradients[0], gradients[2]));
    }

    [Fact]
    public void A_frozen_weight_costs_no_gradient_and_a_wrong_shape_is_named()
    {
        var x = randn([4, 5]).requires_grad_();
        var w = randn([3, 5]);
        Fused.Linear(x, w).sum().backward();
        Assert.Null(w.grad);
        Assert.NotNull(x.grad);
        Assert.Contains("does not fit", Assert.ThrowsAny<Exception>(() => Fused.Linear(x, randn([3, 6]))).Message);
        Assert.Contains("a residual of", Assert.ThrowsAny<Exception>(() => Fused.Linear(x, w, residual: randn([4, 4]))).Message);
    }
}
