using ReasonIR.Training.Schedules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ReasonIR.Training.Contrastive;

/// <summary>
/// AdamW over those of a model's parameters that have gradients, with a schedule and clipping: gradients, clip, step, in transformers'
/// order. A parameter of a reduced type is stepped through an f32 copy: at usual learning rates most updates are smaller than a rounding of
/// bf16 and would be lost.
/// </summary>
public sealed class OptimizerLoop : IDisposable
{
    readonly List<(string Name, Parameter Parameter, Parameter Stepped)> parameters = [];
    readonly List<(AdamW.ParamGroup Group, double Factor)> groups = [];
    readonly AdamW optimizer;
    readonly LearningRateSchedule schedule;
    readonly double maxGradientNorm;

    /// <param name="maxGradientNorm">0: no clipping.</param>
    public OptimizerLoop(IEnumerable<(string Name, Parameter Parameter)> parameters, LearningRateSchedule schedule, double weightDecay, double maxGradientNorm, OptimizerSettings? settings = null)
    {
        settings ??= new();
        (this.schedule, this.maxGradientNorm) = (schedule, maxGradientNorm);
        // The parameters in the order of the groups, which is also that of the optimizer's states.
        foreach (var group in parameters.Where(p => p.Parameter.requires_grad).GroupBy(p => (Decayed: ParameterChoice.IsDecayed(p.Name, settings), Factor: ParameterChoice.Factor(p.Name, settings))))
        {
            var members = group.Select(p => (p.Name, p.Parameter, Stepped: p.Parameter.dtype is ScalarType.Float32 or ScalarType.Float64 ? p.Parameter : Wide(p.Parameter))).ToList();
            this.parameters.AddRange(members);
            groups.Add((new(members.Select(p => p.Stepped).ToList(), new AdamW.Options { weight_decay = group.Key.Decayed ? weightDecay : 0 }), group.Key.Factor));
        }
        optimizer = optim.AdamW(groups.Select(g => g.Group), schedule.Peak, settings.Beta1, settings.Beta2, settings.Eps);
    }

    /// <summary>Steps done.</summary>
    public int Step { get; private set; }

    /// <summary>What is trained, with its names, in the order of the states. Where the model's own are of a reduced type these are their f32 copies.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters => parameters.Select(p => (p.Name, p.Stepped));

    /// <summary>The model's own parameters that are trained.</summary>
    public IEnumerable<Parameter> Trained => parameters.Select(p => p.Parameter);

    /// <summary>Runs one step on the loss that <paramref name="forward"/> computes.</summary>
    /// <exception cref="NotFiniteException">Loss or gradient is not finite; nothing was changed.</exception>
    public (double Loss, double GradientNorm, double LearningRate) Run(Func<Tensor> forward) => Run(() =>
    {
        var loss = forward();
        loss.backward();
        return loss.item<float>();
    });

    /// <summary>Runs one step; <paramref name="gradients"/> adds the gradients to the parameters and returns the loss.</summary>
    /// <exception cref="NotFiniteException">Loss or gradient is not finite; nothing was changed.</exception>
    public (double Loss, double GradientNorm, double LearningRate) Run(Func<double> gradients)
    {
        using var scope = NewDisposeScope();
        Clear();
        var loss = gradients();
        Widen();
        var norm = nn.utils.clip_grad_norm_(parameters.Select(p => p.Stepped), maxGradientNorm > 0 ? maxGradientNorm : double.PositiveInfinity);
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
            throw new NotFiniteException($"the loss is {loss} and the gradient's norm {norm}; the learning rate may be too high");
        var rate = schedule.At(Step);
        foreach (var (group, factor) in groups)
            group.LearningRate = rate * factor;
        optimizer.step();
        Narrow();
        Clear();
        Step++;
        return (loss, norm, rate);
    }

    /// <summary>The moments of each parameter, by name.</summary>
    public IEnumerable<(string Name, AdamW.State State)> States() => parameters.Select(p => p.Name).Zip(optimizer.state_dict().State.Cast<AdamW.State>());

    /// <summary>
    /// Sets the count of steps, the optimizer's (bias correction) included, when a run is taken up again and <see cref="Parameters"/> and
    /// <see cref="States"/> have been loaded.
    /// </summary>
    public void ContinueFrom(int step)
    {
        Step = step;
        foreach (var (_, state) in States())
            state.step = step;
        Narrow();
    }

    void Clear()
    {
        foreach (var (_, parameter, stepped) in parameters)
        {
            parameter.grad = null;
            stepped.grad = null;
        }
    }

    /// <summary>Gradients of reduced types to the f32 copies.</summary>
    void Widen()
    {
        foreach (var (_, parameter, stepped) in parameters)
            if (!ReferenceEquals(parameter, stepped))
            {
                using var gradient = parameter.grad;
                if (gradient is null)
                    continue;
                using var wide = gradient.to(stepped.dtype);
                stepped.grad = wide;
                parameter.grad = null;
            }
    }

    void Narrow()
    {
        using var mode = no_grad();
        foreach (var (_, parameter, stepped) in parameters)
            if (!ReferenceEquals(parameter, stepped))
                parameter.copy_(stepped);
    }

    static Parameter Wide(Parameter parameter)
    {
        using var mode = no_grad();
        return new(parameter.to(ScalarType.Float32));
    }

    public void Dispose()
    {
        optimizer.Dispose();
        foreach (var (_, parameter, stepped) in parameters)
            if (!ReferenceEquals(parameter, stepped))
                stepped.Dispose();
    }
}

/// <summary>A loss or a gradient is infinite or not a number.</summary>
public sealed class NotFiniteException(string message) : InvalidOperationException(message);
