using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Torch.Tests;

public sealed class FusedTests : TorchTest
{
    // A single token, an empty sequence, and one longer than a block of query rows (128).
    static readonly long[] Offsets = [0, 1, 6, 6, 43, 343];

    [Theory]
    [InlineData(4, 32)]
    [InlineData(3, 33)]
    public void Attention_over_packed_sequences_equals_the_composed_one(int heads, int hidden)
    {
        var x = randn([Offsets[^1], 3 * hidden], float32) * 2;
        var weights = randn([Offsets[^1], hidden], float32);
        (Tensor Out, Tensor Gradient) Run(Func<Tensor, Tensor> attention)
        {
            var qkv = x.detach().clone().requires_grad_();
            var y = attention(qkv);
            (y * weights).sum().backward();
            return (y, qkv.grad!);
        }
        var offsets = tensor(Offsets);
        var fused = Run(q => Fused.PackedAttention(q, offsets, heads));
        var composed = Run(q => Composed.PackedAttention(q, offsets, heads));
        Assert.InRange(Difference(fused.Out, composed.Out), 0, 3e-6);
        Assert.InRange(Difference(fused.Gradient, composed.Gradient), 0, 3e-5);
    }

    [Fact]
    public void Attention_has_the_gradient_of_finite_differences() =>
        CheckGradient(randn([5, 12], float64), q => Fused.PackedAttention(q, tensor(new long[] { 0, 2, 5 }), 2).pow(2), 1e-7);

    [Fact]
    public void Attention_with_dropout_differentiates_the_mask_it_drew() =>
        CheckGradient(randn([7, 12], float64), q =>
        {
            manual_seed(3);
            return Fused.PackedAttention(q, tensor(new long[] { 0, 3, 7 }), 2, 0.4).pow(2);
        }, 1e-7);

    [Fact]
    public void Attention_dropout_keeps_the_mean()
    {
        var qkv = randn([64, 24], float32);
        var offsets = tensor(new long[] { 0, 64 });
        var exact = Fused.PackedAttention(qkv, offsets, 2);
        var total = zeros_like(exact);
        const int draws = 600;
        for (var i = 0; i < draws; i++)
            total.add_(Fused.PackedAttention(qkv, offsets, 2, 0.3));
        Assert.InRange(Difference(total / draws, exact), 0, 0.06);
    }

    [Fact]
    public void Attention_refuses_offsets_beyond_the_tokens()
    {
        var error = Assert.ThrowsAny<Exception>(() => Fused.PackedAttention(randn([4, 12]), tensor(new long[] { 0, 9 }), 2));
        Assert.Contains("offsets must run from 0 to 4", error.Message);
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
    }
}
