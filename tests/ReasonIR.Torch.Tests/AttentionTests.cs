using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Torch.Tests;

public sealed class AttentionTests : TorchTest
{
    // A single token, an empty sequence, lengths around a tile (9), a panel of keys (48), a block of queries (72) and of keys (384).
    static readonly long[] Offsets = [0, 1, 6, 6, 15, 63, 136, 536];
    static readonly long[] Few = [0, 3, 7, 8];

    public static TheoryData<int, int, int, AttentionOptions> Shapes { get; } = new()
    {
        { 4, 4, 8, new(0.35) },
        { 3, 1, 11, new(0.3, Right: 0) },
        { 6, 2, 64, new(0.125, Left: 3, Right: 0) },
        { 2, 2, 50, new(0.14, Left: 8, Right: 8) },
        { 4, 2, 32, new(0.2, Left: 5000, Right: 0, SoftCap: 5) },
        { 2, 1, 128, new(0.09, Left: 0, Right: 20) },
        { 1, 1, 1, new(1, Left: 400, Right: 0, SoftCap: 0.5) },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Values_and_gradients_equal_the_composed_ones(int heads, int kvHeads, int width, AttentionOptions options)
    {
        var inputs = Inputs(Offsets[^1], heads, kvHeads, width, float32);
        var by = randn([Offsets[^1], heads * width]);
        foreach (var kernels in Kernels())
        {
            TorchRuntime.Kernels = kernels;
            var fused = Run(inputs, by, (q, k, v) => Fused.Attention(q, k, v, tensor(Offsets), options));
            var composed = Run(inputs, by, (q, k, v) => Composed.Attention(q, k, v, tensor(Offsets), options));
            Assert.InRange(Difference(fused[0], composed[0]), 0, 5e-6);
            for (var i = 1; i < 4; i++)
                Assert.InRange(Difference(fused[i], composed[i]), 0, 2e-5 * Math.Max(1, composed[i].abs().max().item<float>()));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_joint_projection_gives_the_same_and_one_gradient(int heads, int kvHeads, int width, AttentionOptions options)
    {
        var joined = randn([Offsets[^1], (heads + 2 * kvHeads) * width]);
        var by = randn([Offsets[^1], heads * width]);
        (Tensor, Tensor) Values(Func<Tensor, Tensor> attention)
        {
            var x = joined.detach().clone().requires_grad_();
            var y = attention(x);
            (y * by).sum().backward();
            return (y, x.grad!);
        }
        var (y, dy) = Values(x => Fused.JoinedAttention(x, heads, kvHeads, tensor(Offsets), options));
        var (z, dz) = Values(x =>
        {
            var all = x.view(-1, heads + 2 * kvHeads, width);
            return Fused.Attention(all.narrow(1, 0, heads), all.narrow(1, heads, kvHeads), all.narrow(1, heads + kvHeads, kvHeads), tensor(Offsets), options);
        });
        Assert.Equal(0, Difference(y, z));
        Assert.Equal(0, Difference(dy, dz));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gradients_are_those_of_finite_differences(int heads, int kvHeads, int width, AttentionOptions options)
    {
        width = Math.Min(width, 5);
        var inputs = Inputs(Few[^1], heads, kvHeads, width, float64);
        for (var i = 0; i < 3; i++)
            CheckGradient(inputs[i], x =>
            {
                Tensor[] all = [.. inputs];
                all[i] = x;
                manual_seed(3);
                return Fused.Attention(all[0], all[1], all[2], tensor(Few), options with { Dropout = heads == 4 ? 0.4 : 0 }).pow(2);
            }, 1e-7);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(700, 0)]
    [InlineData(null, null)]
    public void A_text_does_not_depend_on_its_neighbors_or_on_the_threads(int? left, int? right)
    {
        var options = new AttentionOptions(0.2, left, right);
        var inputs = Inputs(900, 4, 2, 24, float32);
        var alone = Fused.Attention(inputs[0].narrow(0, 100, 800), inputs[1].narrow(0, 100, 800), inputs[2].narrow(0, 100, 800), tensor(new long[] { 0, 800 }), options);
        var threads = get_num_threads();
        var by = randn([900, 96]);
        List<Tensor[]> runs = [];
        foreach (var n in new[] { 1, 2, 3 })
        {
            set_num_threads(n);
            runs.Add(Run(inputs, by, (q, k, v) => Fused.Attention(q, k, v, tensor(new long[] { 0, 100, 900 }), options)));
        }
        set_num_threads(threads);
        Assert.Equal(0, Difference(alone, runs[0][0].narrow(0, 100, 800)));
        foreach (var run in runs.Skip(1))
            for (var i = 0; i < 4; i++)
                Assert.Equal(0, Difference(runs[0][i], run[i]));
    }

    [Fact]
    public void Bf16_is_the_rounded_f32()
    {
        var inputs = Inputs(Offsets[^1], 4, 2, 16, float32).Select(t => t.bfloat16()).ToArray();
        var by = randn([Offsets[^1], 64]).bfloat16();
        var options = new AttentionOptions(0.25, Right: 0);
        var narrow = Run(inputs, by, (q, k, v) => Fused.Attention(q, k, v, tensor(Offsets), options));
        var wide = Run([.. inputs.Select(t => t.@float())], by.@float(), (q, k, v) => Fused.Attention(q, k, v, tensor(Offsets), options));
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(bfloat16, narrow[i].dtype);
            Assert.InRange(Difference(narrow[i], wide[i]), 0, 0.01 * wide[i].abs().max().item<float>());
        }
    }

    [Fact]
    public void Dropout_keeps_the_mean_and_follows_the_generators_state()
    {
        var qkv = randn([64, 24], float32);
        var offsets = tensor(new long[] { 0, 64 });
        var exact = Fused.PackedAttention(qkv, offsets, 2);
        var total = zeros_like(exact);
        const int draws = 600;
        for (var i = 0; i < draws; i++)
            total.add_(Fused.PackedAttention(qkv, offsets, 2, 0.3));
        Assert.InRange(Difference(total / draws, exact), 0, 0.06);
        var state = get_rng_state();
        var first = Fused.PackedAttention(qkv, offsets, 2, 0.3);
        Assert.NotEqual(0, Difference(first, Fused.PackedAttention(qkv, offsets, 2, 0.3)));
        set_rng_state(state);
        Assert.Equal(0, Difference(first, Fused.PackedAttention(qkv, offsets, 2, 0.3)));
    }

    [Fact]
    public void A_long_text_takes_memory_in_proportion_to_its_length()
    {
        const long length = 12_000, window = 500;
        var inputs = Inputs(length, 1, 1, 8, float32);
        using var _ = no_grad();
        var offsets = tensor(new long[] { 0, length });
        var before = Environment.WorkingSet;
        TorchRuntime.ResetPeak();
        var live = TorchRuntime.Memory.LiveBytes;
        var y = Fused.Attention(inputs[0], inputs[1], inputs[2], offsets, new(0.35, Right: 0));
        // The scores alone would be 576 MB.
        Assert.InRange(TorchRuntime.Memory.PeakBytes - live, 0, 4 * length * 8 * sizeof(float));
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 64L << 20);
        // The last tokens by hand, all keys; then with a window.
        var q = inputs[0].narrow(0, length - 5, 5).view(5, 8);
        var shares = (q.matmul(inputs[1].view(length, 8).t()) * 0.35).masked_fill(arange(length).unsqueeze(0).gt(arange(length - 5, length).unsqueeze(1)), double.NegativeInfinity).softmax(1);
        Assert.InRange(Difference(shares.matmul(inputs[2].view(length, 8)), y.narrow(0, length - 5, 5)), 0, 2e-6);
        var local = Fused.Attention(inputs[0], inputs[1], inputs[2], offsets, new(0.35, (int)window, 0));
        var part = Fused.Attention(inputs[0].narrow(0, length - 600, 600), inputs[1].narrow(0, length - 600, 600), inputs[2].narrow(0, length - 600, 600), tensor(new long[] { 0, 600 }), new(0.35, (int)window, 0));
        Assert.InRange(Difference(part.narrow(0, 550, 50), local.narrow(0, length - 50, 50)), 0, 2e-6);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var x = Inputs(4, 3, 1, 4, float32);
        Assert.Contains("offsets must run from 0 to 4", Assert.ThrowsAny<Exception>(() => Fused.Attention(x[0], x[1], x[2], tensor(new long[] { 0, 9 }), new(1))).Message);
        Assert.Contains("must not fall", Assert.ThrowsAny<Exception>(() => Fused.Attention(x[0], x[1], x[2], tensor(new long[] { 0, 3, 2, 4 }), new(1))).Message);
        Assert.Contains("do not fit", Assert.ThrowsAny<Exception>(() => Fused.Attention(x[1].expand(4, 2, 4), x[0], x[0], tensor(new long[] { 0, 4 }), new(1))).Message);
        Assert.Contains("negative", Assert.ThrowsAny<Exception>(() => Fused.Attention(x[0], x[1], x[2], tensor(new long[] { 0, 4 }), new(1, Left: -1))).Message);
        Assert.Contains("dropout", Assert.ThrowsAny<Exception>(() => Fused.Attention(x[0], x[1], x[2], tensor(new long[] { 0, 4 }), new(1, Dropout: 1))).Message);
    }

    static Tensor[] Inputs(long tokens, int heads, int kvHeads, int width, ScalarType type) =>
        [randn([tokens, heads, width], type) * 1.5, randn([tokens, kvHeads, width], type) * 1.5, randn([tokens, kvHeads, width], type)];

    /// <summary>The output and the three gradients under a weighted sum.</summary>
    static Tensor[] Run(Tensor[] inputs, Tensor by, Func<Tensor, Tensor, Tensor, Tensor> attention)
    {
        var x = inputs.Select(t => t.detach().clone().requires_grad_()).ToArray();
        var y = attention(x[0], x[1], x[2]);
        (y * by).sum().backward();
        return [y, .. x.Select(t => t.grad!)];
    }
}
