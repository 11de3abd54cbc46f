using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Torch.Tests;

public sealed class CheckpointTests : TorchTest
{
    const int Layers = 6, Width = 64, Tokens = 400;

    [Fact]
    public void Gradients_equal_those_of_the_plain_run_dropout_included_with_less_memory()
    {
        var weights = Enumerable.Range(0, Layers).Select(_ => randn([Width, Width]) * 0.2).ToArray();
        var input = randn([Tokens, Width]);
        Tensor[] Run(bool checkpointed, out long peak, out double after)
        {
            manual_seed(4);
            var w = weights.Select(t => t.detach().clone().requires_grad_()).ToArray();
            var x = input.detach().clone().requires_grad_();
            var before = TorchRuntime.Memory.LiveBytes;
            TorchRuntime.ResetPeak();
            using (NewDisposeScope())
            {
                var h = x.alias();
                foreach (var weight in w)
                {
                    Tensor Segment(Tensor t)
                    {
                        using var scope = NewDisposeScope();
                        for (var i = 0; i < 4; i++)
                            t = Fused.Dropout(Fused.Linear(t, weight).tanh(), 0.1);
                        return t.MoveToOuterDisposeScope();
                    }
                    var next = checkpointed ? Fused.Checkpoint(Segment, h) : Segment(h);
                    h.Dispose();
                    h = next;
                }
                var loss = h.pow(2).mean();
                h.Dispose();
                loss.backward();
            }
            peak = TorchRuntime.Memory.PeakBytes - before;
            after = rand([1]).item<float>();
            return [x.grad!, .. w.Select(t => t.grad!)];
        }
        var plain = Run(false, out var plainPeak, out var plainDraw);
        var checkpointed = Run(true, out var lessPeak, out var draw);
        foreach (var (a, b) in plain.Zip(checkpointed))
            Assert.Equal(0, Difference(a, b));
        Assert.Equal(plainDraw, draw);
        Assert.InRange(lessPeak, 1, 0.5 * plainPeak);
    }

    [Fact]
    public void Parameters_learn_where_the_input_wants_no_gradient()
    {
        var weight = randn([3, 4]).requires_grad_();
        Fused.Checkpoint(x => Fused.Linear(x, weight), ones([2, 4])).sum().backward();
        Assert.Equal(2f, weight.grad![0][0].item<float>());
    }

    [Fact]
    public void Constants_outlive_their_scope_and_go_with_the_graph()
    {
        var x = ones([3]).requires_grad_();
        var before = TorchRuntime.LiveTensors;
        using (var scope = NewDisposeScope())
        {
            Tensor y;
            using (NewDisposeScope())
            {
                var factor = tensor(new[] { 1f, 2f, 3f });
                y = Fused.Checkpoint((t, c) => t * c[0], x, factor).MoveToOuterDisposeScope();
            }
            y.sum().backward();
        }
        Assert.Equal([1f, 2f, 3f], x.grad!.data<float>().ToArray());
        // The gradient's handle just taken is one.
        Assert.Equal(before + 1, TorchRuntime.LiveTensors);
    }

    [Fact]
    public void Without_a_graph_it_is_a_call_and_an_exception_of_the_segment_comes_through()
    {
        using (no_grad())
            Assert.False(Fused.Checkpoint(x => x * 2, ones([1])).requires_grad);
        Assert.Equal("here", Assert.Throws<InvalidOperationException>(() => Fused.Checkpoint(_ => throw new InvalidOperationException("here"), ones([1]))).Message);
        var calls = 0;
        var weight = ones([1]).requires_grad_();
        var y = Fused.Checkpoint(x => calls++ == 0 ? x * weight : throw new InvalidOperationException("later"), ones([1]));
        Assert.Equal("later", Assert.Throws<InvalidOperationException>(y.backward).Message);
    }

    [Fact]
    public void Segments_nest()
    {
        var weight = randn([4, 4]).requires_grad_();
        Tensor Inner(Tensor x) => Fused.Checkpoint(t => t.matmul(weight).tanh(), x);
        Fused.Checkpoint(x => Inner(Inner(x)), ones([2, 4])).sum().backward();
        var nested = weight.grad!.clone();
        weight.grad = null;
        ones([2, 4]).matmul(weight).tanh().matmul(weight).tanh().sum().backward();
        Assert.InRange(Difference(nested, weight.grad!), 0, 1e-6);
    }
}
