using System.Text.Json;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using ReasonIR.Training.Contrastive;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// A whole contrastive run through the trainer's own step: losses and gradient norms of every step, the first step's gradients, parameters,
/// optimizer state and probe embeddings where they were stored; the same continued from a stored state, in chunks, with recomputed
/// activations, in bf16; and the runs that stored mistakes give.
/// </summary>
public sealed class TrainingRunKind : IGoldenKind
{
    public string Kind => "training-run";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        TorchRuntime.Status.Require();
        using var scope = NewDisposeScope();
        using var single = new SingleThread();
        using var run = new StoredRun(manifest, cancellation);
        var check = new TrainingRunCheck(run);
        foreach (var group in check.Plain())
            yield return group;
        if (manifest.Root.TryGetProperty("no_decay_on_bias_and_norm", out _))
            yield return check.WithoutDecay();
        foreach (var group in check.Resumed())
            yield return group;
        foreach (var group in check.MustEqual())
            yield return group;
        if (manifest.ToleranceElement().TryGetProperty("bf16_losses", out _))
            yield return check.Bf16();
        if (run.Trace.TryGetProperty("fingerprints_of_mistakes", out _))
            yield return new MistakesCheck(run).Group();
    }
}

/// <summary>Our run beside a stored one, file by file.</summary>
sealed class TrainingRunCheck(StoredRun run)
{
    readonly GoldenManifest manifest = run.Manifest;
    readonly List<double> losses = [];
    readonly Dictionary<string, float[]> final = [];

    /// <summary>All steps; each file that was stored on the way.</summary>
    public List<GoldenGroup> Plain()
    {
        using var started = run.Start(run.Spec);
        var groups = new List<GoldenGroup>();
        var tally = new GoldenTally(manifest, manifest.WrittenPath("trace"), manifest.ToleranceElement());
        groups.AddRange(Probe(started, 0));
        groups.Add(Gradients(started));
        while (started.Loop.Step < run.Steps)
        {
            var (loss, norm, rate) = started.Step();
            losses.Add(loss);
            var step = started.Loop.Step;
            tally.Case($"step {step}", () =>
            {
                tally.Near("loss", run.Expected("loss", step), loss, run.LossTolerance(step));
                tally.Near("gradient norm", run.Expected("grad_norm", step), norm, manifest.Tolerance("gradient_norms"));
                tally.Near("learning rate", run.Trace.GetProperty("lr")[step - 1].GetDouble(), rate, new(0, 1e-9));
            });
            groups.AddRange(AfterStep(started));
        }
        foreach (var (name, parameter) in started.Loop.Parameters)
            final[name] = parameter.data<float>().ToArray();
        groups.Insert(0, tally.Group());
        return groups;
    }

    /// <summary>The run with biases and norms left undecayed.</summary>
    public GoldenGroup WithoutDecay()
    {
        using var started = run.Start(run.Spec with { Optimizer = run.Spec.Optimizer with { NoDecayOnBiasAndNorm = true } });
        started.ToEnd();
        return run.CompareParameters(started, manifest.WrittenPath("no_decay_on_bias_and_norm"));
    }

    /// <summary>The steps after a stored optimizer state, begun from it and the stored parameters.</summary>
    public IEnumerable<GoldenGroup> Resumed()
    {
        if (!manifest.Root.TryGetProperty("optimizer_after", out var stored))
            yield break;
        foreach (var state in stored.EnumerateObject())
        {
            using var started = run.Start(run.Spec);
            started.Restore(int.Parse(state.Name, System.Globalization.CultureInfo.InvariantCulture));
            var tally = new GoldenTally(manifest, $"{state.Value.GetString()} continued", manifest.ToleranceElement("losses"));
            while (started.Loop.Step < run.Steps)
            {
                var (loss, _, _) = started.Step();
                tally.Case($"step {started.Loop.Step}", () => tally.Near("loss", run.Expected("loss", started.Loop.Step), loss, manifest.Tolerance("losses")));
            }
            yield return tally.Group();
        }
    }

    /// <summary>What must make no difference: chunks up to the order of sums, recomputed activations not at all.</summary>
    public IEnumerable<GoldenGroup> MustEqual()
    {
        if (!run.Trace.TryGetProperty("must_equal_f32", out var equal))
            yield break;
        if (equal.TryGetProperty("gradcache", out _))
            yield return Same("gradcache", new(ChunkTexts: Math.Max(1, run.BatchSize / 2)), exact: false);
        if (equal.TryGetProperty("checkpointing", out _))
            yield return Same("checkpointing", new(Checkpointing: true), exact: true);
    }

    GoldenGroup Same(string name, ScaleSettings scale, bool exact)
    {
        using var started = run.Start(run.Spec with { Scale = scale });
        var tally = new GoldenTally(manifest, $"{manifest.WrittenPath("trace")} {name}", manifest.ToleranceElement(exact ? "losses" : "parameters"));
        while (started.Loop.Step < run.Steps)
        {
            var (loss, _, _) = started.Step();
            var step = started.Loop.Step;
            tally.Case($"step {step}", () => tally.Near("loss", exact ? losses[step - 1] : run.Expected("loss", step), loss, exact ? Tolerance.Equal : run.LossTolerance(step)));
        }
        if (exact)
            foreach (var (parameter, values) in started.Loop.Parameters)
                tally.Case(parameter, () => tally.Near(parameter, final[parameter], values.data<float>().ToArray(), Tolerance.Equal));
        else
            run.Spread(tally, "beside the whole batch", started.Loop.Parameters.Where(p => !run.IsIgnored(p.Name))
                .SelectMany(p => p.Parameter.data<float>().ToArray().Zip(final[p.Name], (a, b) => Math.Abs((double)a - b))));
        return tally.Group();
    }

    /// <summary>f32 weights, an encoder that computes in bf16, scores in f32.</summary>
    public GoldenGroup Bf16()
    {
        using var started = run.Start(run.Spec with { Scale = new(Precision: Precision.Bf16Mixed) });
        var tally = new GoldenTally(manifest, $"{manifest.WrittenPath("trace")} bf16", manifest.ToleranceElement("bf16_losses"));
        while (started.Loop.Step < run.Steps)
        {
            var (loss, _, _) = started.Step();
            tally.Case($"step {started.Loop.Step}", () => tally.Near("loss", run.Expected("loss", started.Loop.Step), loss, manifest.Tolerance("bf16_losses")));
        }
        return tally.Group();
    }

    IEnumerable<GoldenGroup> AfterStep(StartedRun started)
    {
        var key = started.Loop.Step.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (manifest.Property("parameters_after").TryGetProperty(key, out var parameters))
            yield return run.CompareParameters(started, parameters.GetString()!);
        if (manifest.Root.TryGetProperty("parameters_after_f64", out var exact) && exact.TryGetProperty(key, out var twin))
            yield return run.CompareParameters(started, twin.GetString()!);
        if (manifest.Root.TryGetProperty("optimizer_after", out var states) && states.TryGetProperty(key, out var state))
            yield return run.CompareMoments(started, state.GetString()!);
        foreach (var group in Probe(started, started.Loop.Step))
            yield return group;
    }

    GoldenGroup Gradients(StartedRun started)
    {
        var file = manifest.WrittenPath("step1_gradients");
        var group = run.CompareGradients(started, file, "step1_gradients");
        started.Model.zero_grad();
        return group;
    }

    IEnumerable<GoldenGroup> Probe(StartedRun started, int step)
    {
        var name = $"embeddings_after_{step}";
        return run.CompareProbe(started.Model, name, $"after {step}") is { } group ? [group] : [];
    }
}

/// <summary>One thread of libtorch until disposed: models as small as these are slower with several.</summary>
sealed class SingleThread : IDisposable
{
    readonly int before = get_num_threads();

    public SingleThread() => set_num_threads(1);

    public void Dispose() => set_num_threads(before);
}
