using ReasonIR.Torch.Binding;

namespace TorchSharp.Modules;

/// <summary>What an optimizer keeps for one parameter.</summary>
public abstract class OptimizerState
{
}

/// <summary>AdamW (Loshchilov and Hutter 2019), one native pass over all parameters.</summary>
public sealed class AdamW : torch.optim.Optimizer
{
    readonly List<ParamGroup> groups;
    readonly Dictionary<Parameter, State> states = new(ReferenceEqualityComparer.Instance);

    public AdamW(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
        : this([new ParamGroup(parameters, new Options())], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
    {
    }

    public AdamW(IEnumerable<ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
    {
        if (lr < 0 || eps < 0 || weight_decay < 0 || beta1 is < 0 or >= 1 || beta2 is < 0 or >= 1)
            throw new ArgumentException($"AdamW: lr {lr}, betas {beta1} and {beta2}, eps {eps}, weight decay {weight_decay}: one is out of range.");
        if (amsgrad || maximize)
            throw new NotSupportedException("AdamW: amsgrad and maximize are not part of this binding.");
        groups = [.. parameters];
        foreach (var group in groups)
        {
            var o = group.Options;
            o.LearningRate ??= lr;
            o.beta1 ??= beta1;
            o.beta2 ??= beta2;
            o.eps ??= eps;
            o.weight_decay ??= weight_decay;
            o.InitialLearningRate = o.LearningRate.Value;
            foreach (var p in group.Parameters)
                states.Add(p, new State { exp_avg = torch.zeros_like(p).DetachFromDisposeScope(), exp_avg_sq = torch.zeros_like(p).DetachFromDisposeScope() });
        }
    }

    public override IEnumerable<torch.optim.ILearningRateController> ParamGroups => groups;

    public override unsafe torch.Tensor? step(Func<torch.Tensor>? closure = null)
    {
        var loss = closure?.Invoke();
        var count = groups.Sum(g => g.Parameters.Count());
        var (p, g, m, v) = (new nint[count], new nint[count], new nint[count], new nint[count]);
        // Of each tensor: rate, betas, eps, decay, step.
        var numbers = new double[6 * count];
        var held = new List<torch.Tensor>(count);
        foreach (var group in groups)
        {
            var o = group.Options;
            foreach (var parameter in group.Parameters)
            {
                if (parameter.grad is not { } gradient)
                    continue;
                var state = states[parameter];
                var i = held.Count;
                held.Add(gradient);
                (p[i], g[i], m[i], v[i]) = (parameter.Handle, gradient.Handle, state.exp_avg.Handle, state.exp_avg_sq.Handle);
                double[] settings = [o.LearningRate!.Value, o.beta1!.Value, o.beta2!.Value, o.eps!.Value, o.weight_decay!.Value, ++state.step];
                settings.CopyTo(numbers, 6 * i);
            }
        }
        fixed (nint* pp = p, gp = g, mp = m, vp = v)
        fixed (double* np = numbers)
            Native.Check(Native.rt_adamw(pp, gp, mp, vp, np, held.Count));
        foreach (var gradient in held)
            gradient.Dispose();
        return loss;
    }

    public override void zero_grad()
    {
        foreach (var p in groups.SelectMany(g => g.Parameters))
            p.grad = null;
    }

    public StateDictionary state_dict()
    {
        var dictionary = new StateDictionary();
        dictionary.State.AddRange(groups.SelectMany(g => g.Parameters).Select(p => states[p]));
        return dictionary;
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        foreach (var state in states.Values)
        {
            state.exp_avg.Dispose();
            state.exp_avg_sq.Dispose();
        }
    }

    public sealed class State : OptimizerState
    {
        public long step;
        public required torch.Tensor exp_avg;
        public required torch.Tensor exp_avg_sq;
    }

    public sealed class Options
    {
        public double? LearningRate;
        public double InitialLearningRate;
        public double? beta1, beta2, weight_decay, eps;
    }

    public sealed class ParamGroup(IEnumerable<Parameter> parameters, Options options) : torch.optim.ILearningRateController
    {
        public IEnumerable<Parameter> Parameters { get; } = parameters.ToList();
        public Options Options { get; } = options;
        public double LearningRate { get => Options.LearningRate!.Value; set => Options.LearningRate = value; }
        public double InitialLearningRate { get => Options.InitialLearningRate; set => Options.InitialLearningRate = value; }
    }
}
