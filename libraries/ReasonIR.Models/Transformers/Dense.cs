using ReasonIR.Models.Lora;
using ReasonIR.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>
/// A linear map as checkpoints store it: <c>weight</c> [out, in], <c>bias</c> [out]. Uninitialized until loaded. Computes in the input's
/// type. An adapter may stand beside the weight.
/// </summary>
public sealed class Dense : nn.Module<Tensor, Tensor>
{
    public Dense(long inputs, long outputs, bool hasBias = true, WeightStorage? storage = null) : base(nameof(Dense))
    {
        weight = TorchTensors.Uninitialized(storage, outputs, inputs);
        register_parameter("weight", weight);
        if (!hasBias)
            return;
        bias = TorchTensors.Uninitialized(storage, outputs);
        register_parameter("bias", bias);
    }

    /// <summary>Over memory that belongs to the caller: [out, in] and [out].</summary>
    internal Dense(Tensor weight, Tensor? bias) : base(nameof(Dense))
    {
        this.weight = new(weight);
        register_parameter("weight", this.weight);
        if (bias is null)
            return;
        this.bias = new(bias);
        register_parameter("bias", this.bias);
    }

    public Parameter weight { get; }

    public Parameter? bias { get; }

    /// <summary>The low-rank map beside the weight, or null.</summary>
    public LoraPair? Adapter { get; private set; }

    /// <summary>Puts a low-rank map beside the weight; its parameters become <c>lora_A.weight</c> and <c>lora_B.weight</c> of this module.</summary>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    /// <exception cref="ArgumentException">It does not fit the weight.</exception>
    public void Attach(LoraPair adapter)
    {
        if (Adapter is not null)
            throw new InvalidOperationException("There is an adapter beside this weight already.");
        var (shape, inputs, outputs) = (weight.shape, adapter.A.weight.shape[1], adapter.B.weight.shape[0]);
        if (inputs != shape[1] || outputs != shape[0])
            throw new ArgumentException($"The adapter maps {inputs} to {outputs}; the weight {shape[1]} to {shape[0]}.", nameof(adapter));
        Adapter = adapter;
        register_module("lora_A", adapter.A);
        register_module("lora_B", adapter.B);
    }

    /// <summary>Adds the adapter's product to the weight; from then on the map is the weight's alone.</summary>
    public void Merge()
    {
        if (Adapter is not { Merged: false } adapter)
            return;
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        weight.copy_(weight.to(ScalarType.Float32).add(adapter.Delta()).to(weight.dtype));
        adapter.Merged = true;
    }

    /// <summary>Whether nothing is being trained.</summary>
    bool Constant => !training && !is_grad_enabled();

    public override Tensor forward(Tensor input) => AddTo(null, input);

    /// <summary>The map of <paramref name="input"/> on top of <paramref name="residual"/>, [..., out]; null: alone.</summary>
    public Tensor AddTo(Tensor? residual, Tensor input)
    {
        var y = Fused.Linear(input, weight, bias, residual: residual, constant: Constant);
        return Adapter is { Merged: false } adapter ? y.add(adapter.Apply(input, training)) : y;
    }

    /// <summary>The exact GELU of the map.</summary>
    public Tensor Gelu(Tensor input) => Adapter is { Merged: false } ? forward(input).gelu() : Fused.Linear(input, weight, bias, Gate.Gelu, constant: Constant);
}

/// <summary>Layer normalization over the last dimension: <c>weight</c>, <c>bias</c>.</summary>
public sealed class Norm : nn.Module<Tensor, Tensor>
{
    readonly double eps;

    public Norm(long width, double eps, WeightStorage? storage = null, bool hasBias = true) : base(nameof(Norm))
    {
        this.eps = eps;
        weight = TorchTensors.Uninitialized(storage, width);
        register_parameter("weight", weight);
        if (!hasBias)
            return;
        bias = TorchTensors.Uninitialized(storage, width);
        register_parameter("bias", bias);
    }

    public Parameter weight { get; }

    public Parameter? bias { get; }

    public override Tensor forward(Tensor input) => Apply(input, null, 0);

    /// <summary>The norm of residual + dropout(input).</summary>
    public Tensor AddTo(Tensor residual, Tensor input, double dropout) => Apply(input, residual, dropout);

    Tensor Apply(Tensor input, Tensor? residual, double dropout)
    {
        // f32 beside bf16 stays: the kernel's statistics are f32 too.
        if (weight.dtype == input.dtype || weight.dtype == ScalarType.Float32 && input.dtype == ScalarType.BFloat16)
            return Fused.LayerNorm(input, weight, bias, eps, residual, dropout);
        using var scope = NewDisposeScope();
        return Fused.LayerNorm(input, weight.to(input.dtype), bias?.to(input.dtype), eps, residual, dropout).MoveToOuterDisposeScope();
    }
}

/// <summary>A table of rows by id: <c>weight</c> [rows, width].</summary>
public sealed class Table : nn.Module<Tensor, Tensor>
{
    public Table(long rows, long width, WeightStorage? storage = null) : base(nameof(Table))
    {
        weight = TorchTensors.Uninitialized(storage, rows, width);
        register_parameter("weight", weight);
    }

    public Parameter weight { get; }

    public override Tensor forward(Tensor ids) => Fused.Embedding(weight, ids);
}
