using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Torch.Tests;

public sealed class MemoryTests : TorchTest
{
    [Fact]
    public void Bytes_of_tensors_are_counted_and_freed_blocks_are_kept_until_given_back()
    {
        TorchRuntime.Trim();
        var before = TorchRuntime.Memory;
        using (NewDisposeScope())
        {
            var x = ones([1000, 1000]);
            Assert.Equal(4_000_000, TorchRuntime.Memory.LiveBytes - before.LiveBytes);
            Assert.Equal(before.LiveBlocks + 1, TorchRuntime.Memory.LiveBlocks);
            x.view(10, 100_000).narrow(0, 1, 2);
            Assert.Equal(before.LiveBlocks + 1, TorchRuntime.Memory.LiveBlocks);
        }
        var after = TorchRuntime.Memory;
        Assert.Equal(before.LiveBytes, after.LiveBytes);
        Assert.InRange(after.KeptBytes, 4_000_000, 6_000_000);
        using (NewDisposeScope())
        {
            ones([1000, 1000]);
            Assert.Equal(0, TorchRuntime.Memory.KeptBytes);
        }
        TorchRuntime.Trim();
        Assert.Equal(0, TorchRuntime.Memory.KeptBytes);
    }

    [Fact]
    public void A_step_of_training_leaves_what_it_found()
    {
        var weight = new TorchSharp.Modules.Parameter(randn([50, 50]));
        using var optimizer = optim.AdamW([weight]);
        (long, long, long) Step()
        {
            using (NewDisposeScope())
            {
                optimizer.zero_grad();
                Fused.Checkpoint(x => Fused.RmsNorm(Fused.Linear(x, weight), ones([50]), 1e-5), randn([30, 50])).pow(2).sum().backward();
                nn.utils.clip_grad_norm_([weight], 1);
                optimizer.step();
            }
            var memory = TorchRuntime.Memory;
            return (TorchRuntime.LiveTensors, memory.LiveBytes, memory.LiveBlocks);
        }
        var first = Step();
        for (var i = 0; i < 20; i++)
            Assert.Equal(first, Step());
        weight.Dispose();
    }
}
