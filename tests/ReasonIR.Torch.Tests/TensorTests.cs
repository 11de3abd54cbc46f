using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Torch.Tests;

public sealed class TensorTests : TorchTest
{
    [Fact]
    public void Arithmetic_keeps_shapes_and_whole_types()
    {
        var a = tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [2, 3]);
        Assert.Equal([2L, 3L], (a * 2 + 1).shape);
        Assert.Equal([3f, 5f, 7f, 9f, 11f, 13f], (a * 2 + 1).data<float>().ToArray());
        Assert.Equal([0f, -1f, -2f, -3f, -4f, -5f], (1 - a).data<float>().ToArray());
        Assert.Equal(int64, (tensor(new long[] { 1, 2 }) + 1).dtype);
        Assert.Equal([1f, 4f, 2f, 5f, 3f, 6f], a.t().data<float>().ToArray());
        Assert.Equal([14f, 32f, 32f, 77f], a.matmul(a.t()).data<float>().ToArray());
    }

    [Fact]
    public void A_scope_disposes_what_was_made_inside_but_for_what_is_moved_out()
    {
        var before = Tensor.TotalCount;
        Tensor kept, detached;
        using (var scope = NewDisposeScope())
        {
            var a = ones([10]);
            var b = a + 1;
            kept = (a + b).MoveToOuterDisposeScope();
            detached = scope.Detach(a * b);
            Assert.True(Tensor.TotalCount >= before + 4);
        }
        Assert.Equal(before + 2, Tensor.TotalCount);
        Assert.Equal(3f, kept[0].item<float>());
        detached.Dispose();
        Assert.Throws<ObjectDisposedException>(() => detached.shape);
    }

    [Fact]
    public void A_native_failure_is_an_exception_with_libtorchs_message()
    {
        var error = Assert.ThrowsAny<Exception>(() => ones([2, 3]).matmul(ones([2, 3])));
        Assert.Contains("cannot be multiplied", error.Message);
        Assert.DoesNotContain("frame #", error.Message);
    }

    [Fact]
    public void Tensors_left_to_the_finalizer_do_not_pile_up()
    {
        using var outside = NewDisposeScope();
        var before = TorchRuntime.Memory.LiveBytes;
        TorchRuntime.ResetPeak();
        for (var i = 0; i < 700; i++)
            Forget(outside);
        // 700 x 4 MB are 2.8 GB. Counted bytes, not the process's pages: neither the machine's load nor earlier tests come in.
        Assert.InRange(TorchRuntime.Memory.PeakBytes - before, 0, 700L << 20);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget(DisposeScope scope) => scope.Detach(ones([1 << 20]));
    }

    [Fact]
    public void Modes_apply_to_their_thread_and_nest()
    {
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            using (enable_grad())
                Assert.True(is_grad_enabled());
            Assert.False(is_grad_enabled());
            var other = new Thread(() => Assert.True(is_grad_enabled()));
            other.Start();
            other.Join();
        }
        Assert.True(is_grad_enabled());
    }

    [Fact]
    public void Numbers_follow_the_seed()
    {
        manual_seed(5);
        var first = randn([100]);
        manual_seed(5);
        Assert.Equal(0, Difference(first, randn([100])));
    }

    [Fact]
    public void Bf16_is_read_through_its_bytes()
    {
        var b = tensor(new[] { 1f, -2f }).bfloat16();
        Assert.Equal(4, b.bytes.Length);
        Assert.Equal([1f, -2f], b.@float().data<float>().ToArray());
    }

    [Fact]
    public void The_status_names_version_threads_and_blas()
    {
        var status = TorchRuntime.Status;
        Assert.NotEmpty(status.Version!);
        Assert.True(status.Threads >= 1);
        Assert.NotEmpty(status.Blas!);
    }
}
