using ReasonIR.Training.Schedules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ReasonIR.Training.Contrastive;

/// <summary>
/// AdamW over a model's parameters with a schedule and clipping: forward, backward, clip, step, in transformers' order.
/// </summary>
public sealed class OptimizerLoop : IDisposable
{
    readonly List<(string Name, Parameter Parameter)> parameters;
    readonly AdamW optimizer;
    readonly LearningRateSchedule schedule;
    readonly double maxGradientNorm;

    /// <param name="plainParameters">Names of parameters that are not decayed; null: all are.</param>
    public OptimizerLoop(IEnumerable<(string Name, Parameter Parameter)> parameters, LearningRateSchedule schedule, double weightDecay, double maxGradientNorm,
        double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, Func<string, bool>? plainParameters = null)
    {
        (this.schedule, this.maxGradientNorm) = (schedule, maxGradientNorm);
        // Both groups in one order, which is also that of the optimizer's states.
        var split = parameters.ToLookup(p => plainParameters?.Invoke(p.Name) == true);
        this.parameters = [.. split[false], .. split[true]];
        optimizer = optim.AdamW(
            [
                new AdamW.ParamGroup(split[false].Select(p => p.Parameter).ToList(), new AdamW.Options { weight_decay = weightDecay }),
                new AdamW.ParamGroup(split[true].Select(p => p.Parameter).ToList(), new AdamW.Options { weight_decay = 0 }),
            ], schedule.Peak, beta1, beta2, eps);
    }

    /// <summary>Steps done.</summary>
    public int Step { get; private set; }

    /// <summary>Parameters with their names, in the order of their states.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters => parameters;

    /// <summary>Runs one step on the loss that <paramref name="forward"/> computes.</summary>
    /// <exception cref="InvalidOperationException">Loss or gradient is not finite; nothing was changed.</exception>
    public (double Loss, double GradientNorm, double LearningRate) Run(Func<Tensor> forward)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var loss = forward();
        var value = (double)loss.item<float>();
        loss.backward();
        var norm = nn.utils.clip_grad_norm_(parameters.Select(p => p.Parameter), maxGradientNorm);
        if (!double.IsFinite(value) || !double.IsFinite(norm))
            throw new InvalidOperationException($"Step {Step + 1}: the loss is {value} and the gradient's norm {norm}; the learning rate may be too high, or a text gave a zero vector.");
        var rate = schedule.At(Step);
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = rate;
        optimizer.step();
        Step++;
        return (value, norm, rate);
    }

    /// <summary>The moments of each parameter, by name.</summary>
    public IEnumerable<(string Name, AdamW.State State)> States() => parameters.Select(p => p.Name).Zip(optimizer.state_dict().State.Cast<AdamW.State>());

    /// <summary>Sets the count of steps, the optimizer's (bias correction) included, when a run is taken up again.</summary>
    public void ContinueFrom(int step)
    {
        Step = step;
        foreach (var (_, state) in States())
            state.step = step;
    }

    public void Dispose() => optimizer.Dispose();
}
