using System.IO.Enumeration;
using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Losses;
using ReasonIR.Training.Schedules;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// A whole contrastive run: losses and gradient norms of every step, the first step's gradients, parameters, optimizer state and probe
/// embeddings where they were stored, and the same run continued from a stored state.
/// </summary>
public sealed class TrainingRunKind : IGoldenKind
{
    public string Kind => "training-run";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        TorchRuntime.Status.Require();
        using var scope = NewDisposeScope();
        using var run = new StoredRun(manifest);
        yield return run.Trace(cancellation);
        foreach (var group in run.Later())
            yield return group;
        if (manifest.Root.TryGetProperty("no_decay_on_bias_and_norm", out _))
            yield return run.WithoutDecay(cancellation);
        foreach (var group in run.Resumed(cancellation))
            yield return group;
    }
}

/// <summary>The files of one stored run, and our own run of it.</summary>
sealed class StoredRun : IDisposable
{
    readonly GoldenManifest manifest;
    readonly JsonElement trace, config;
    readonly SafetensorsFile batches, probe;
    readonly List<GoldenGroup> later = [];
    readonly string[] ignored;

    public StoredRun(GoldenManifest manifest)
    {
        this.manifest = manifest;
        trace = GoldenManifest.ReadJson(manifest.PathOf("trace"));
        config = trace.GetProperty("config");
        batches = SafetensorsFile.Open(manifest.PathOf("batches"));
        probe = SafetensorsFile.Open(manifest.PathOf("probe"));
        ignored = manifest.Root.TryGetProperty("ignore_parameters", out var names) ? [.. names.EnumerateArray().Select(n => n.GetString()!)] : [];
    }

    int Steps => config.GetProperty("steps").GetInt32();

    /// <summary>Runs all steps and compares losses and norms; what is compared on the way is told by <see cref="Later"/>.</summary>
    public GoldenGroup Trace(CancellationToken cancellation)
    {
        using var model = Open(manifest.PathOf("checkpoint"));
        using var loop = Loop(model);
        var tally = new GoldenTally(manifest, manifest.WrittenPath("trace"), manifest.ToleranceElement());
        Probe(model, 0);
        var reference = trace.TryGetProperty("f64", out var exact) ? exact : trace.GetProperty("f32");
        var (losses, norms) = (manifest.Tolerance("losses"), manifest.Tolerance("gradient_norms"));
        var toLoss = manifest.ToleranceElement("step1_loss").GetProperty("relative_to_1_plus_loss").GetDouble();
        for (var step = 1; step <= Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (step == 1)
                Gradients(model);
            var (loss, norm, rate) = loop.Run(() => Loss(model, loop.Step + 1));
            var expected = reference.GetProperty("loss")[step - 1].GetDouble();
            tally.Case($"step {step}", () =>
            {
                tally.Near("loss", expected, loss, step == 1 ? new(toLoss * (1 + expected), 0) : losses);
                tally.Near("gradient norm", reference.GetProperty("grad_norm")[loop.Step - 1].GetDouble(), norm, norms);
                tally.Near("learning rate", trace.GetProperty("lr")[loop.Step - 1].GetDouble(), rate, new(0, 1e-9));
            });
            AfterStep(step, model, loop);
        }
        return tally.Group();
    }

    public IReadOnlyList<GoldenGroup> Later() => later;

    /// <summary>The run with biases and norms left undecayed.</summary>
    public GoldenGroup WithoutDecay(CancellationToken cancellation)
    {
        using var model = Open(manifest.PathOf("checkpoint"));
        using var loop = Loop(model, name => name.EndsWith("bias", StringComparison.Ordinal) || name.Contains("norm", StringComparison.OrdinalIgnoreCase));
        while (loop.Step < Steps)
        {
            cancellation.ThrowIfCancellationRequested();
            loop.Run(() => Loss(model, loop.Step + 1));
        }
        return Parameters(model, manifest.WrittenPath("no_decay_on_bias_and_norm"));
    }

    /// <summary>The steps after a stored optimizer state, begun from it and the stored parameters.</summary>
    public IEnumerable<GoldenGroup> Resumed(CancellationToken cancellation)
    {
        if (!manifest.Root.TryGetProperty("optimizer_after", out var stored))
            yield break;
        foreach (var state in stored.EnumerateObject())
        {
            var from = int.Parse(state.Name, System.Globalization.CultureInfo.InvariantCulture);
            using var model = Open(manifest.PathOf("checkpoint"));
            using var loop = Loop(model);
            using (var parameters = SafetensorsFile.Open(manifest.Require(manifest.Property("parameters_after").GetProperty(state.Name).GetString()!)))
            using (var moments = SafetensorsFile.Open(manifest.Require(state.Value.GetString()!)))
            using (no_grad())
            {
                foreach (var (name, parameter) in loop.Parameters)
                    TorchTensors.Load(parameters, Bare(name), parameter);
                foreach (var (name, moment) in loop.States())
                {
                    TorchTensors.Load(moments, $"exp_avg.{Bare(name)}", moment.exp_avg);
                    TorchTensors.Load(moments, $"exp_avg_sq.{Bare(name)}", moment.exp_avg_sq);
                }
            }
            loop.ContinueFrom(from);
            var tally = new GoldenTally(manifest, $"{state.Value.GetString()} continued", manifest.ToleranceElement("losses"));
            var losses = trace.GetProperty("f32").GetProperty("loss");
            for (var step = from; step < Steps; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                var (loss, _, _) = loop.Run(() => Loss(model, loop.Step + 1));
                tally.Case($"step {step + 1}", () => tally.Near("loss", losses[loop.Step - 1].GetDouble(), loss));
            }
            yield return tally.Group();
        }
    }

    void AfterStep(int step, SentenceModel model, OptimizerLoop loop)
    {
        var key = step.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (manifest.Property("parameters_after").TryGetProperty(key, out var parameters))
            later.Add(Parameters(model, parameters.GetString()!));
        if (manifest.Root.TryGetProperty("parameters_after_f64", out var exact) && exact.TryGetProperty(key, out var twin))
            later.Add(Parameters(model, twin.GetString()!));
        if (manifest.Root.TryGetProperty("optimizer_after", out var states) && states.TryGetProperty(key, out var state))
            later.Add(Moments(loop, state.GetString()!));
        Probe(model, step);
    }

    void Gradients(SentenceModel model)
    {
        using var stored = SafetensorsFile.Open(manifest.PathOf("step1_gradients"));
        var tolerance = manifest.ToleranceElement("step1_gradients");
        var tally = new GoldenTally(manifest, manifest.WrittenPath("step1_gradients"), tolerance);
        using var scope = NewDisposeScope();
        Loss(model, 1).backward();
        foreach (var (name, parameter) in model.named_parameters().Where(p => stored.Tensors.ContainsKey(Bare(p.name))))
            tally.Case(Bare(name), () =>
            {
                var expected = stored.ReadFloats(Bare(name));
                var bound = tolerance.GetProperty("relative_to_tensor_max").GetDouble() * expected.Max(Math.Abs) + tolerance.GetProperty("absolute").GetDouble();
                tally.Near("gradient", expected, parameter.grad!.data<float>().ToArray(), new Tolerance(bound, 0));
            });
        tally.Case("tensors", () => tally.Equal("count", stored.Tensors.Count, model.named_parameters().Count(p => stored.Tensors.ContainsKey(Bare(p.name)))));
        later.Add(tally.Group());
    }

    GoldenGroup Parameters(SentenceModel model, string file)
    {
        using var stored = SafetensorsFile.Open(manifest.Require(file));
        var differences = new List<double>();
        foreach (var (name, parameter) in model.named_parameters())
            if (!ignored.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, Bare(name), ignoreCase: false)))
                differences.AddRange(stored.ReadFloats(Bare(name)).Zip(parameter.data<float>().ToArray(), (a, b) => Math.Abs((double)a - b)));
        return Spread(file, manifest.ToleranceElement("parameters"), differences);
    }

    GoldenGroup Moments(OptimizerLoop loop, string file)
    {
        using var stored = SafetensorsFile.Open(manifest.Require(file));
        var differences = new List<double>();
        foreach (var (name, state) in loop.States())
        {
            differences.AddRange(stored.ReadFloats($"exp_avg.{Bare(name)}").Zip(state.exp_avg.data<float>().ToArray(), (a, b) => Math.Abs((double)a - b)));
            differences.AddRange(stored.ReadFloats($"exp_avg_sq.{Bare(name)}").Zip(state.exp_avg_sq.data<float>().ToArray(), (a, b) => Math.Abs((double)a - b)));
        }
        return Spread(file, manifest.ToleranceElement("parameters"), differences);
    }

    /// <summary>Root mean square and 99.9th percentile: single elements differ where Adam divides noise by noise.</summary>
    GoldenGroup Spread(string file, JsonElement tolerance, List<double> differences)
    {
        var tally = new GoldenTally(manifest, file, tolerance);
        differences.Sort();
        tally.Case("rms", () => tally.Near("rms", 0, Math.Sqrt(differences.Average(d => d * d)), new(tolerance.GetProperty("rms").GetDouble(), 0)));
        tally.Case("p99.9", () => tally.Near("p99.9", 0, differences[(int)(differences.Count * 0.999)], new(tolerance.GetProperty("p99.9").GetDouble(), 0)));
        return tally.Group();
    }

    void Probe(SentenceModel model, int step)
    {
        if (!probe.Tensors.ContainsKey($"embeddings_after_{step}"))
            return;
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        model.eval();
        var tensor = probe.Tensors.ContainsKey($"embeddings_after_{step}_f64") ? $"embeddings_after_{step}_f64" : $"embeddings_after_{step}";
        var tally = new GoldenTally(manifest, $"{manifest.WrittenPath("probe")} after {step}", manifest.ToleranceElement("probe"));
        tally.Case(tensor, () =>
        {
            var vectors = nn.functional.normalize(Encode(model, Read(probe, "ids"), Read(probe, "attention"), Read(probe, "pooling")));
            tally.Near(tensor, probe.ReadFloats(tensor), vectors.data<float>().ToArray(), manifest.Tolerance("probe"));
        });
        later.Add(tally.Group());
        model.train();
    }

    SentenceModel Open(string folder)
    {
        if (config.GetProperty("pooling").GetString() != "mean")
            throw new NotSupportedException($"pooling \"{config.GetProperty("pooling").GetString()}\" is not known here");
        if (config.TryGetProperty("dropout", out var dropout) && dropout.GetDouble() != 0)
            throw new NotSupportedException("a stored run with dropout cannot be repeated: the masks are another library's");
        var model = new SentenceModel(Architectures.Load(folder), PoolingMode.Mean, includePrompt: false, normalize: false);
        model.train();
        return model;
    }

    OptimizerLoop Loop(SentenceModel model, Func<string, bool>? plain = null)
    {
        var betas = config.GetProperty("betas");
        var schedule = new LearningRateSchedule(new(config.GetProperty("schedule").GetString()!), Number("lr"), Steps, config.GetProperty("warmup").GetInt32());
        return new(model.named_parameters(), schedule, Number("weight_decay"), Number("max_grad_norm"), betas[0].GetDouble(), betas[1].GetDouble(), Number("eps"), plain);
    }

    double Number(string field) => config.GetProperty(field).GetDouble();

    Tensor Loss(SentenceModel model, int step)
    {
        Tensor Side(string side) => Encode(model, Read(batches, $"step{step:D2}.{side}_ids"), Read(batches, $"step{step:D2}.{side}_attention"), Read(batches, $"step{step:D2}.{side}_pooling"));
        var (q, p) = (Side("q"), Side("p"));
        return InfoNce.Loss(q, p, PassageGroups.Equal((int)q.shape[0], config.GetProperty("G").GetInt32()), new(Number("temperature")));
    }

    /// <summary>Right-padded rows as packed sequences; the leading tokens that are not pooled are skipped.</summary>
    static Tensor Encode(SentenceModel model, long[][] ids, long[][] attention, long[][] pooling)
    {
        var lengths = Array.ConvertAll(attention, row => (int)row.Sum());
        var skip = pooling.Select(row => Array.IndexOf(row, 1)).ToArray();
        for (var i = 0; i < ids.Length; i++)
            if (attention[i].Take(lengths[i]).Any(a => a != 1) || pooling[i].Skip(skip[i]).Take(lengths[i] - skip[i]).Any(a => a != 1) || pooling[i].Sum() != lengths[i] - skip[i])
                throw new FormatException($"row {i}: only padding on the right and an unpooled prefix are known here");
        return model.Encode(PackedBatch.From([.. ids.Select((row, i) => row.Take(lengths[i]).Select(id => (int)id).ToArray())]), skip);
    }

    static long[][] Read(SafetensorsFile file, string name)
    {
        var width = (int)file.Get(name).Shape[1];
        return [.. file.ReadLongs(name).Chunk(width)];
    }

    /// <summary>The transformer's own name of a parameter: it is the sentence model's module 0.</summary>
    static string Bare(string name) => name.StartsWith("0.", StringComparison.Ordinal) ? name[2..] : name;

    public void Dispose()
    {
        batches.Dispose();
        probe.Dispose();
    }
}
