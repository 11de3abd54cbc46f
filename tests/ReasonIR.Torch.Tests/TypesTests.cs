using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Torch.Tests;

public sealed class TypesTests : TorchTest
{
    [Fact]
    public void Narrow_types_round_as_libtorch_does()
    {
        var values = new[] { 0f, -0f, 1f, 1.00390625f, 1.01171875f, -3.14159f, 1e30f, 3e38f, 1e-40f, float.PositiveInfinity };
        var there = tensor(values).bfloat16().data<BFloat16>().ToArray();
        Assert.Equal(there, values.Select(v => (BFloat16)v));
        Assert.Equal(tensor(values).bfloat16().@float().data<float>().ToArray(), there.Select(v => (float)v));
        Assert.True(float.IsNaN((BFloat16)float.NaN));
        Assert.Equal(values.Select(v => (Half)v), tensor(values).half().data<Half>().ToArray());
        Assert.Equal(1.5f, (float)tensor(new[] { 1.5f }).bfloat16().item<BFloat16>());
    }

    [Fact]
    public void A_tensor_is_already_on_the_cpu_and_an_absent_gpu_is_named()
    {
        var x = ones([2]);
        Assert.Same(x, x.to("cpu"));
        Assert.Same(x, x.to(CPU));
        Assert.Equal(CPU, x.device);
        Assert.NotSame(x, x.to(CPU, copy: true));
        Assert.Contains("'tpu'", Assert.Throws<ArgumentException>(() => device("tpu")).Message);
        Assert.NotEmpty(TorchRuntime.Status.Gpu!);
        if (cuda.is_available())
            return;
        Assert.Equal(CPU, TorchRuntime.BestDevice);
        Assert.Contains("'cuda:3' is not there", Assert.Throws<ArgumentException>(() => x.to("cuda:3")).Message);
    }

    [Fact]
    public void Linear_computes_in_the_type_of_its_input_and_the_gradient_keeps_the_weights_type()
    {
        var weight = randn([5, 8]).requires_grad_();
        var bias = randn([5]).requires_grad_();
        var x = randn([3, 8]).bfloat16();
        var y = Fused.Linear(x, weight, bias);
        Assert.Equal(bfloat16, y.dtype);
        y.sum().backward();
        Assert.Equal(float32, weight.grad!.dtype);
        Assert.Equal(float32, bias.grad!.dtype);
        Assert.InRange(Difference(y, nn.functional.linear(x.@float(), weight, bias)), 0, 0.06);
    }
}
