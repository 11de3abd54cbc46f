using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Models.Decoders;

/// <summary>
/// Several linear maps of the same input as one matrix product. Their weights are views of one tensor, so that joining them costs nothing
/// where nothing is differentiated; each stays a parameter of its own, registered by its owner under the checkpoint's name.
/// </summary>
sealed class JointDense : IDisposable
{
    readonly Tensor weight;
    readonly Tensor? bias;

    public JointDense(long inputs, IReadOnlyList<long> outputs, bool hasBias, WeightStorage storage)
    {
        using var scope = NewDisposeScope();
        weight = scope.Detach(empty([outputs.Sum(), inputs], storage.Type, storage.Device));
        bias = hasBias ? scope.Detach(empty([outputs.Sum()], storage.Type, storage.Device)) : null;
        var parts = new Dense[outputs.Count];
        long first = 0;
        for (var i = 0; i < parts.Length; first += outputs[i++])
            parts[i] = new(weight.narrow(0, first, outputs[i]), bias?.narrow(0, first, outputs[i]));
        Parts = parts;
    }

    public IReadOnlyList<Dense> Parts { get; }

    /// <param name="x">[tokens, in]</param>
    /// <param name="training">Whether the adapters' dropout is on.</param>
    /// <returns>[tokens, sum of out]: the parts side by side</returns>
    public Tensor Apply(Tensor x, bool training)
    {
        using var scope = NewDisposeScope();
        var y = is_grad_enabled() && Parts.Any(p => p.weight.requires_grad)
            ? Fused.Linear(x, cat([.. Parts.Select(p => p.weight)]), bias is null ? null : cat([.. Parts.Select(p => p.bias!)]))
            : Fused.Linear(x, weight, bias, constant: !training && !is_grad_enabled());
        if (Parts.Any(p => p.Adapter is { Merged: false }))
            y = y.add(cat([.. Parts.Select(p => p.Adapter is { Merged: false } adapter ? adapter.Apply(x, training) : zeros([x.shape[0], p.weight.shape[0]], x.dtype, x.device))], 1));
        return y.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        weight.Dispose();
        bias?.Dispose();
    }
}
