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

    public override Tensor forward(Tensor input)
    {
        // f32 beside a narrow type stays: the kernel's statistics are f32 too.
        if (weight.dtype == input.dtype || weight.dtype == ScalarType.Float32 && input.dtype == ScalarType.BFloat16)
            return Fused.RmsNorm(input, weight, eps, offset);
        using var cast = weight.to(input.dtype);
        return Fused.RmsNorm(input, cast, eps, offset);
    }
}
