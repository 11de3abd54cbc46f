using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Torch.Tests;

/// <summary>The approximations behind activations, against f64, over their whole range.</summary>
public sealed class ActivationTests : TorchTest
{
    [Theory]
    [InlineData(Gate.Gelu, 1e-7, 3e-7)]
    [InlineData(Gate.GeluTanh, 3e-7, 3e-6)]
    [InlineData(Gate.Silu, 3e-7, 2e-6)]
    public void Error_of_value_and_slope_is_bounded(Gate kind, double value, double slope)
    {
        var x = cat([arange(-20, 20, 1e-4, float64), arange(-0.01, 0.01, 1e-7, float64), tensor(new[] { 0, -1e-30, 1e-30, -100, 100, -1e6, 1e6 }, float64)]).to(float32);
        (Tensor, Tensor) Run(Tensor input)
        {
            // A gate of one up: the activation alone.
            var t = input.unsqueeze(1).requires_grad_();
            var y = Fused.Gated(cat([t, ones_like(t)], 1), kind);
            y.sum().backward();
            return (y.squeeze(1), t.grad!.squeeze(1));
        }
        var exact = Run(x.to(float64));
        foreach (var kernels in Kernels())
        {
            TorchRuntime.Kernels = kernels;
            var (y, dy) = Run(x);
            // Rounding of a result far from 0 is no error of the approximation.
            Assert.InRange(((y.to(float64) - exact.Item1).abs() - exact.Item1.abs() * 1.2e-7).max().item<double>(), double.MinValue, value);
            Assert.InRange(Difference(dy, exact.Item2), 0, slope);
        }
    }

    [Fact]
    public void What_is_not_a_number_stays_so()
    {
        foreach (var kernels in Kernels())
            foreach (var kind in Enum.GetValues<Gate>())
            {
                TorchRuntime.Kernels = kernels;
                var y = Fused.Gated(tensor(new[] { float.NaN, 1f }, [1, 2]), kind);
                Assert.True(float.IsNaN(y[0][0].item<float>()), $"{kernels} {kind}");
            }
    }
}
