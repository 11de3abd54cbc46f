using ReasonIR.Torch;
using TorchSharp;
using Xunit;

namespace ReasonIR.Torch.Tests;

/// <summary>Skips, with the reason, where libtorch is absent; every tensor of a test ends with it.</summary>
public abstract class TorchTest : IDisposable
{
    readonly DisposeScope scope;

    protected TorchTest()
    {
        var status = TorchRuntime.Status;
        if (!status.Available)
            Assert.Skip($"libtorch is not available: {status.Reason}");
        scope = torch.NewDisposeScope();
        torch.manual_seed(7);
    }

    readonly string kernels = TorchRuntime.Status.Available ? TorchRuntime.Kernels : "", bf16 = TorchRuntime.Status.Available ? TorchRuntime.Bf16 : "";

    public void Dispose()
    {
        TorchRuntime.Kernels = kernels;
        TorchRuntime.Bf16 = bf16;
        scope.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>All sets of kernels that this CPU runs.</summary>
    protected static IEnumerable<string> Kernels() => new[] { "avx512", "avx2", "plain" }.SkipWhile(name => name != TorchRuntime.Widest);

    /// <summary>Largest absolute difference.</summary>
    protected static double Difference(torch.Tensor a, torch.Tensor b) => (a.to(torch.float64) - b.to(torch.float64)).abs() is var d && d.numel() > 0 ? d.max().item<double>() : 0;

    /// <summary>The analytic gradient of f at x against central differences, f64.</summary>
    protected static void CheckGradient(torch.Tensor x, Func<torch.Tensor, torch.Tensor> f, double tolerance)
    {
        var input = x.detach().clone().requires_grad_();
        f(input).sum().backward();
        var analytic = input.grad!.data<double>().ToArray();
        var values = x.data<double>().ToArray();
        const double step = 1e-5;
        using var _ = torch.no_grad();
        for (var i = 0; i < values.Length; i++)
        {
            double At(double shift)
            {
                var moved = (double[])values.Clone();
                moved[i] += shift;
                return f(torch.tensor(moved, x.shape)).sum().item<double>();
            }
            Assert.Equal((At(step) - At(-step)) / (2 * step), analytic[i], tolerance);
        }
    }
}
