using Xunit;
using static TorchSharp.torch;

namespace ReasonIR.Training.Tests.Losses;

/// <summary>Compares gradients with central differences, in f64.</summary>
static class Gradients
{
    /// <param name="f">From the inputs, whose gradients are wanted, to a scalar.</param>
    public static void AreThoseOfFiniteDifferences(Func<Tensor[], Tensor> f, params Tensor[] inputs)
    {
        const double step = 1e-6;
        var leaves = Array.ConvertAll(inputs, x => x.clone().requires_grad_());
        f(leaves).backward();
        for (var which = 0; which < inputs.Length; which++)
        {
            var (values, analytic) = (inputs[which].data<double>().ToArray(), leaves[which].grad!.data<double>().ToArray());
            for (var i = 0; i < values.Length; i++)
                Assert.Equal((At(i, step) - At(i, -step)) / (2 * step), analytic[i], 1e-7);

            double At(int i, double shift)
            {
                using var scope = NewDisposeScope();
                var moved = (double[])values.Clone();
                moved[i] += shift;
                return f([.. inputs.Select((x, n) => n == which ? tensor(moved, x.shape) : x)]).item<double>();
            }
        }
    }
}
