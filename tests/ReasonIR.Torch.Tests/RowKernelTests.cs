using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Torch.Tests;

/// <summary>Norms, gates, rotary positions and dropout: against the composed ones and finite differences, for each set of kernels.</summary>
public sealed class RowKernelTests : TorchTest
{
    public static TheoryData<long, long> Sizes { get; } = new() { { 1, 1 }, { 1, 48 }, { 7, 33 }, { 130, 100 }, { 65, 384 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Rms_norm(long rows, long width)
    {
        Compare([randn([rows, width]), randn([width])], x => Fused.RmsNorm(x[0], x[1], 1e-5), x => Composed.RmsNorm(x[0], x[1], 1e-5));
        Compare([randn([rows, width]), randn([width])], x => Fused.RmsNorm(x[0], x[1], 1e-6, 1), x => Composed.RmsNorm(x[0], x[1], 1e-6, 1));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Layer_norm_with_and_without_a_residual(long rows, long width)
    {
        // A single element is its own mean, and the gradient 0 times a large factor: rounding alone.
        if (width == 1)
            return;
        Compare([randn([rows, width]), randn([width]), randn([width])], x => Fused.LayerNorm(x[0], x[1], x[2], 1e-12), x => Composed.LayerNorm(x[0], x[1], x[2], 1e-12));
        Compare([randn([rows, width]), randn([width]), randn([rows, width])], x => Fused.LayerNorm(x[0], x[1], null, 1e-5, x[2]), x => Composed.LayerNorm(x[0], x[1], null, 1e-5, x[2]));
    }

    [Theory]
    [InlineData(1, 1, 2)]
    [InlineData(9, 3, 10)]
    [InlineData(70, 4, 64)]
    public void Rotary(long tokens, long heads, long width)
    {
        var angle = randn([tokens, width / 2]) * 3;
        Compare([randn([tokens, heads, width])], x => Fused.Rotary(x[0], angle.cos(), angle.sin()), x => Composed.Rotary(x[0], angle.cos(), angle.sin()));
        Compare([randn([tokens, heads + 2, width])], x => Fused.Rotary(x[0], angle.cos(), angle.sin(), heads), x => Composed.Rotary(x[0], angle.cos(), angle.sin(), heads));
        // Heads of a wider projection: rows apart.
        Compare([randn([tokens, heads + 2, width])], x => Fused.Rotary(x[0].narrow(1, 1, heads), angle.cos(), angle.sin()), x => Composed.Rotary(x[0].narrow(1, 1, heads), angle.cos(), angle.sin()));
    }

    [Theory]
    [InlineData(Gate.Silu)]
    [InlineData(Gate.GeluTanh)]
    [InlineData(Gate.Gelu)]
    public void Gates(Gate kind)
    {
        foreach (var (rows, wide) in new[] { (1, 1), (5, 37), (64, 200) })
            Compare([randn([rows, 2 * wide]) * 3], x => Fused.Gated(x[0], kind), x => Composed.Gated(x[0], kind));
    }

    [Fact]
    public void Gradients_are_those_of_finite_differences()
    {
        Tensor x = randn([3, 10], float64), w = randn([10], float64) + 2, b = randn([10], float64), angle = randn([3, 1], float32);
        CheckGradient(x, t => Fused.RmsNorm(t, w, 1e-5, 1).pow(2), 1e-6);
        CheckGradient(w, t => Fused.RmsNorm(x, t, 1e-5, 1).pow(2), 1e-6);
        CheckGradient(x, t => Fused.LayerNorm(t, w, b, 1e-5).pow(2), 1e-6);
        CheckGradient(w, t => Fused.LayerNorm(x, t, b, 1e-5).pow(2), 1e-6);
        CheckGradient(b, t => Fused.LayerNorm(x, w, t, 1e-5).pow(2), 1e-6);
        foreach (var seen in new[] { 0, 1 })
            CheckGradient(x, t =>
            {
                manual_seed(5);
                return Fused.LayerNorm(seen == 0 ? t : x * 2, w, b, 1e-5, seen == 0 ? x * 2 : t, 0.3).pow(2);
            }, 1e-6);
        CheckGradient(randn([3, 5, 2], float64), t => Fused.Rotary(t, angle.cos(), angle.sin()).pow(2), 1e-7);
        foreach (var kind in Enum.GetValues<Gate>())
            CheckGradient(x, t => Fused.Gated(t, kind).pow(2), 1e-6);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void Dropout_zeroes_its_share_scales_the_rest_and_adds_the_residual(double rate)
    {
        var x = ones([300, 100]);
        var y = Fused.DropoutAdd(x, ones([300, 100]) * 2, rate) - 2;
        var zeros = y.eq(0.0).to(float32).mean().item<float>();
        Assert.InRange(zeros, rate - 0.01, rate + 0.01);
        Assert.Equal(1 / (1 - rate), y.max().item<float>(), 4);
        Assert.NotEqual(0, Difference(Fused.Dropout(x, rate), Fused.Dropout(x, rate)));
        // Rows of a norm's dropout: the same share.
        var shifted = Fused.LayerNorm(x, ones([100]), null, 1e-5, ones([300, 100]), rate);
        Assert.InRange(shifted.lt(0.0).to(float32).mean().item<float>(), rate - 0.01, rate + 0.01);
    }

    [Fact]
    public void Dropout_differentiates_the_mask_it_drew() =>
        CheckGradient(randn([4, 5], float64), x =>
        {
            manual_seed(11);
            return Fused.DropoutAdd(x, x * 3, 0.5).pow(2);
        }, 1e-7);

    [Fact]
    public void A_mask_follows_the_saved_generator_state()
    {
        var state = get_rng_state();
        var first = Fused.Dropout(ones([50, 50]), 0.5);
        set_rng_state(state);
        Assert.Equal(0, Difference(first, Fused.Dropout(ones([50, 50]), 0.5)));
    }

    [Fact]
    public void Embedding_gathers_rows_and_sums_their_gradients()
    {
        var weight = randn([5, 3], float32).requires_grad_();
        var ids = tensor(new long[] { 1, 4, 1 });
        Assert.Equal(0, Difference(Fused.Embedding(weight, ids), Composed.Embedding(weight, ids)));
        Fused.Embedding(weight, ids).sum().backward();
        Assert.Equal([0f, 2f, 0f, 0f, 1f], weight.grad!.select(1, 0).data<float>().ToArray());
        Assert.ThrowsAny<Exception>(() => Fused.Embedding(weight, tensor(new long[] { 5 })));
    }

    [Fact]
    public void Gradients_of_an_embedding_do_not_depend_on_the_threads()
    {
        Tensor table = randn([50, 40]), by = randn([30, 100, 40]);
        var ids = tensor(Enumerable.Range(0, 3000).Select(i => (long)(i * 7919 % 47)).ToArray()).view(30, 100);
        Tensor Gradient(Func<Tensor, Tensor, Tensor> f)
        {
            var weight = table.detach().clone().requires_grad_();
            (f(weight, ids) * by).sum().backward();
            return weight.grad!;
        }
        var threads = get_num_threads();
        List<Tensor> each = [];
        foreach (var n in new[] { 1, 2, 5 })
        {
            set_num_threads(n);
            each.Add(Gradient(Fused.Embedding));
        }
        set_num_threads(threads);
        Assert.Equal(0, Difference(each[0], each[1]));
        Assert.Equal(0, Difference(each[0], each[2]));
        Assert.InRange(Difference(each[0], Gradient(Composed.Embedding)), 0, 1e-4);
    }

    /// <summary>Values and gradients of all inputs, f32 and bf16 (activations alone, beside f32 weights, where the first is one).</summary>
    static void Compare(Tensor[] inputs, Func<Tensor[], Tensor> fused, Func<Tensor[], Tensor> composed)
    {
        foreach (var kernels in Kernels())
            foreach (var type in new[] { float32, bfloat16 })
            {
                TorchRuntime.Kernels = kernels;
                var by = randn(fused(inputs).shape);
                Tensor[] Run(Func<Tensor[], Tensor> f)
                {
                    var x = inputs.Select((t, i) => (i == 0 || t.ndim > 1 ? t.to(type) : t).detach().clone().requires_grad_()).ToArray();
                    var y = f(x);
                    Assert.Equal(type, y.dtype);
                    (y * by.to(type)).sum().backward();
                    return [y, .. x.Select(t => t.grad!)];
                }
                var (a, b) = (Run(fused), Run(composed));
                foreach (var (p, q) in a.Zip(b))
                {
                    Assert.Equal(q.dtype, p.dtype);
                    Assert.Equal(q.shape, p.shape);
                    Assert.InRange(Difference(p, q), 0, (type == float32 ? 2e-5 : 0.03) * Math.Max(1, q.abs().max().to(float32).item<float>()));
                }
            }
    }
}
