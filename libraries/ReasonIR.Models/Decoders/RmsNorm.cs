using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ReasonIR.Models.Decoders;

/// <summary>x / sqrt(mean(x²) + eps) · (offset + weight) over the last dimension (Zhang and Sennrich 2019), statistics in f32: <c>weight</c> [width].</summary>
sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    readonly double eps, offset;

    public RmsNorm(long width, double eps, double offset, WeightStorage storage) : base(nameof(RmsNorm))
    {
        (this.eps, this.offset) = (eps, offset);
        weight = TorchTensors.Uninitialized(storage, width);
        register_parameter("weight", weight);
    }

    public Parameter weight { get; }

    public override Tensor forward(Tensor input) => Fused.RmsNorm(input, weight, eps, offset);
}
