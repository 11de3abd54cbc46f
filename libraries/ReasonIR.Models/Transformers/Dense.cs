using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>A linear map as checkpoints store it: <c>weight</c> [out, in], <c>bias</c> [out]. Uninitialized until loaded.</summary>
public sealed class Dense : nn.Module<Tensor, Tensor>
{
    public Dense(long inputs, long outputs, bool hasBias = true) : base(nameof(Dense))
    {
        weight = TorchTensors.Uninitialized(outputs, inputs);
        register_parameter("weight", weight);
        if (!hasBias)
            return;
        bias = TorchTensors.Uninitialized(outputs);
        register_parameter("bias", bias);
    }

    public Parameter weight { get; }

    public Parameter? bias { get; }

    public override Tensor forward(Tensor input) => nn.functional.linear(input, weight, bias);
}

/// <summary>Layer normalization over the last dimension: <c>weight</c>, <c>bias</c>.</summary>
public sealed class Norm : nn.Module<Tensor, Tensor>
{
    readonly double eps;

    public Norm(long width, double eps) : base(nameof(Norm))
    {
        this.eps = eps;
        weight = TorchTensors.Uninitialized(width);
        bias = TorchTensors.Uninitialized(width);
        register_parameter("weight", weight);
        register_parameter("bias", bias);
    }

    public Parameter weight { get; }

    public Parameter bias { get; }

    public override Tensor forward(Tensor input) => nn.functional.layer_norm(input, weight.shape, weight, bias, eps);
}

/// <summary>A table of rows by id: <c>weight</c> [rows, width].</summary>
public sealed class Table : nn.Module<Tensor, Tensor>
{
    public Table(long rows, long width) : base(nameof(Table))
    {
        weight = TorchTensors.Uninitialized(rows, width);
        register_parameter("weight", weight);
    }

    public Parameter weight { get; }

    public override Tensor forward(Tensor ids) => ReasonIR.Torch.Fused.Embedding(weight, ids);
}
