using System.Globalization;
using System.IO.Enumeration;
using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Losses;
using ReasonIR.Training.Schedules;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>The files of a stored run as a spec and batches of our own.</summary>
sealed class StoredRun : IDisposable
{
    readonly JsonElement config;
    readonly SafetensorsFile batches, probe;
    readonly string[] ignored;
    readonly CancellationToken cancellation;

    public StoredRun(GoldenManifest manifest, CancellationToken cancellation)
    {
        (Manifest, this.cancellation) = (manifest, cancellation);
        Trace = GoldenManifest.ReadJson(manifest.PathOf("trace"));
        config = Trace.GetProperty("config");
        batches = SafetensorsFile.Open(manifest.PathOf("batches"));
        probe = SafetensorsFile.Open(manifest.PathOf("probe"));
        ignored = manifest.Root.TryGetProperty("ignore_parameters", out var names) ? [.. names.EnumerateArray().Select(n => n.GetString()!)] : [];
        if (config.GetProperty("pooling").GetString() != "mean")
            throw new NotSupportedException($"pooling \"{config.GetProperty("pooling").GetString()}\" is not known here");
        if (config.TryGetProperty("dropout", out var dropout) && dropout.GetDouble() != 0)
            throw new NotSupportedException("a stored run with dropout cannot be repeated: the masks are another library's");
        var betas = config.GetProperty("betas");
        Spec = new(manifest.PathOf("checkpoint"), MaxSteps: Steps, BatchSize: BatchSize, Temperature: Number("temperature"), LearningRate: Number("lr"),
            Schedule: new(config.GetProperty("schedule").GetString()!), Warmup: config.GetProperty("warmup").GetInt32(), WeightDecay: Number("weight_decay"), MaxGradientNorm: Number("max_grad_norm"))
        {
            Optimizer = new(betas[0].GetDouble(), betas[1].GetDouble(), Number("eps")),
            Pooling = PoolingMode.Mean,
            IncludePrompt = false,
            Lora = manifest.Root.TryGetProperty("adapter_init", out _) ? new(From: manifest.PathOf("adapter_init")) : null,
        };
    }

    public GoldenManifest Manifest { get; }

    public JsonElement Trace { get; }

    public ContrastiveTrainingSpec Spec { get; }

    public int Steps => config.GetProperty("steps").GetInt32();

    public int BatchSize => config.GetProperty("B").GetInt32();

    double Number(string field) => config.GetProperty(field).GetDouble();

    public StartedRun Start(ContrastiveTrainingSpec spec) => new(this, spec);

    /// <summary>A figure of a step (from 1), the f64 one where there is any.</summary>
    public double Expected(string figure, int step) => (Trace.TryGetProperty("f64", out var exact) ? exact : Trace.GetProperty("f32")).GetProperty(figure)[step - 1].GetDouble();

    public Tolerance LossTolerance(int step) => step == 1
        ? new(Manifest.ToleranceElement("step1_loss").GetProperty("relative_to_1_plus_loss").GetDouble() * (1 + Expected("loss", 1)), 0)
        : Manifest.Tolerance("losses");

    /// <summary>The batch of a step, from 0.</summary>
    public ContrastiveBatch Batch(int step)
    {
        cancellation.ThrowIfCancellationRequested();
        var (queries, passages) = (Side("q"), Side("p"));
        return new(queries, passages, PassageGroups.Equal(queries.Count, config.GetProperty("G").GetInt32()));

        List<TokenizedText> Side(string side) => Texts(batches, $"step{step + 1:D2}.{side}_");
    }

    public bool IsIgnored(string name) => ignored.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, Bare(name), ignoreCase: false));

    /// <summary>The transformer's own name of a parameter: it is the sentence model's module 0.</summary>
    public static string Bare(string name) => name.StartsWith("0.", StringComparison.Ordinal) ? name[2..] : name;

    /// <summary>Embeddings of the stored probe texts, normalized; null where there are none of the name.</summary>
    public GoldenGroup? CompareProbe(SentenceModel model, string name, string when)
    {
        if (!probe.Tensors.ContainsKey(name) && !probe.Tensors.ContainsKey($"{name}_f64"))
            return null;
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var training = model.training;
        model.eval();
        var tensor = probe.Tensors.ContainsKey($"{name}_f64") ? $"{name}_f64" : name;
        var tally = new GoldenTally(Manifest, $"{Manifest.WrittenPath("probe")} {when}", Manifest.ToleranceElement("probe"));
        tally.Case(tensor, () =>
        {
            var texts = Texts(probe, "");
            var vectors = nn.functional.normalize(model.Encode(PackedBatch.From([.. texts.Select(t => t.Ids)]), [.. texts.Select(t => t.Prompt)]));
            tally.Near(tensor, probe.ReadFloats(tensor), vectors.data<float>().ToArray(), Manifest.Tolerance("probe"));
        });
        model.train(training);
        return tally.Group();
    }

    /// <summary>The parameters' gradients as the first batch (or another) left them.</summary>
    public GoldenGroup CompareGradients(StartedRun started, string file, string tolerances, Func<string, string>? stored = null)
    {
        stored ??= Bare;
        using var reference = SafetensorsFile.Open(Manifest.Require(file));
        var tolerance = Manifest.ToleranceElement(tolerances);
        var tally = new GoldenTally(Manifest, file, tolerance);
        started.Gradients();
        var ours = started.Loop.Parameters.ToDictionary(p => stored(p.Name), p => p.Parameter);
        tally.Case("tensors", () => tally.EqualSequences("names",
            [.. reference.Tensors.Keys.Order(StringComparer.Ordinal)], [.. ours.Where(p => p.Value.grad is not null).Select(p => p.Key).Order(StringComparer.Ordinal)]));
        foreach (var name in reference.Tensors.Keys)
            tally.Case(name, () =>
            {
                var expected = reference.ReadFloats(name);
                var bound = tolerance.GetProperty("relative_to_tensor_max").GetDouble() * expected.Max(Math.Abs) + tolerance.GetProperty("absolute").GetDouble();
                tally.Near("gradient", expected, ours[name].grad!.data<float>().ToArray(), new Tolerance(bound, 0));
            });
        return tally.Group();
    }

    public GoldenGroup CompareParameters(StartedRun started, string file, Func<string, string>? stored = null)
    {
        stored ??= Bare;
        using var reference = SafetensorsFile.Open(Manifest.Require(file));
        var tally = new GoldenTally(Manifest, file, Manifest.ToleranceElement("parameters"));
        Spread(tally, "", started.Loop.Parameters.Where(p => !IsIgnored(p.Name))
            .SelectMany(p => reference.ReadFloats(stored(p.Name)).Zip(p.Parameter.data<float>().ToArray(), (a, b) => Math.Abs((double)a - b))));
        return tally.Group();
    }

    public GoldenGroup CompareMoments(StartedRun started, string file)
    {
        using var reference = SafetensorsFile.Open(Manifest.Require(file));
        var tally = new GoldenTally(Manifest, file, Manifest.ToleranceElement("parameters"));
        Spread(tally, "", started.Loop.States().SelectMany(s => new[] { ("exp_avg", s.State.exp_avg), ("exp_avg_sq", s.State.exp_avg_sq) }
            .SelectMany(m => reference.ReadFloats($"{m.Item1}.{Bare(s.Name)}").Zip(m.Item2.data<float>().ToArray(), (a, b) => Math.Abs((double)a - b)))));
        return tally.Group();
    }

    /// <summary>Root mean square and 99.9th percentile of differences: single elements differ where Adam divides noise by noise.</summary>
    public void Spread(GoldenTally tally, string what, IEnumerable<double> differences)
    {
        var tolerance = Manifest.ToleranceElement("parameters");
        var sorted = differences.Order().ToList();
        tally.Case($"rms {what}".TrimEnd(), () => tally.Near("rms", 0, Math.Sqrt(sorted.Average(d => d * d)), new(tolerance.GetProperty("rms").GetDouble(), 0)));
        tally.Case($"p99.9 {what}".TrimEnd(), () => tally.Near("p99.9", 0, sorted[(int)(sorted.Count * 0.999)], new(tolerance.GetProperty("p99.9").GetDouble(), 0)));
    }

    /// <summary>Right-padded rows as texts; the leading tokens that are not pooled are the prompt.</summary>
    static List<TokenizedText> Texts(SafetensorsFile file, string prefix)
    {
        var (ids, attention, pooling) = (Rows("ids"), Rows("attention"), Rows("pooling"));
        var texts = new List<TokenizedText>();
        for (var i = 0; i < ids.Length; i++)
        {
            var length = (int)attention[i].Sum();
            var skip = Array.IndexOf(pooling[i], 1);
            if (skip < 0 || attention[i].Take(length).Any(a => a != 1) || pooling[i].Skip(skip).Take(length - skip).Any(a => a != 1) || pooling[i].Sum() != length - skip)
                throw new FormatException($"{prefix}ids, row {i}: only padding on the right and an unpooled prefix are known here");
            texts.Add(new([.. ids[i].Take(length).Select(id => (int)id)], skip));
        }
        return texts;

        long[][] Rows(string name) => [.. file.ReadLongs(prefix + name).Chunk((int)file.Get(prefix + name).Shape[1])];
    }

    public void Dispose()
    {
        batches.Dispose();
        probe.Dispose();
    }
}

/// <summary>Our run of a stored one, under a spec that may differ from the stored.</summary>
sealed class StartedRun : IDisposable
{
    readonly StoredRun run;
    readonly BatchGradients gradients;

    public StartedRun(StoredRun run, ContrastiveTrainingSpec spec)
    {
        this.run = run;
        Model = BaseModel.Load(spec, SentenceTransformersFolder.Open(spec.BaseModel));
        Model.train();
        var schedule = new LearningRateSchedule(spec.Schedule!, spec.LearningRate, run.Steps, (int)spec.Warmup);
        Loop = new(Model.named_parameters(), schedule, spec.WeightDecay, spec.MaxGradientNorm, spec.Optimizer);
        gradients = new(Model, spec);
    }

    public SentenceModel Model { get; }

    public OptimizerLoop Loop { get; }

    public (double Loss, double GradientNorm, double LearningRate) Step() => Loop.Run(Gradients);

    /// <summary>Forward and backward of the next step's batch; returns the loss.</summary>
    public double Gradients() => gradients.Run(run.Batch(Loop.Step), Loop.Step);

    public List<double> ToEnd()
    {
        var losses = new List<double>();
        while (Loop.Step < run.Steps)
            losses.Add(Step().Loss);
        return losses;
    }

    /// <summary>Takes up the stored parameters and optimizer state of a step.</summary>
    /// <param name="moments">Whether the moments are taken up too; else they stay zero.</param>
    /// <param name="count">The optimizer's own count of steps; null: the step.</param>
    public void Restore(int step, bool moments = true, int? count = null)
    {
        var key = step.ToString(CultureInfo.InvariantCulture);
        using (var parameters = SafetensorsFile.Open(run.Manifest.Require(run.Manifest.Property("parameters_after").GetProperty(key).GetString()!)))
        using (var states = SafetensorsFile.Open(run.Manifest.Require(run.Manifest.Property("optimizer_after").GetProperty(key).GetString()!)))
        using (no_grad())
        {
            foreach (var (name, parameter) in Loop.Parameters)
                TorchTensors.Load(parameters, StoredRun.Bare(name), parameter);
            foreach (var (name, state) in Loop.States().Where(_ => moments))
            {
                TorchTensors.Load(states, $"exp_avg.{StoredRun.Bare(name)}", state.exp_avg);
                TorchTensors.Load(states, $"exp_avg_sq.{StoredRun.Bare(name)}", state.exp_avg_sq);
            }
        }
        Loop.ContinueFrom(step);
        foreach (var (_, state) in Loop.States())
            state.step = count ?? step;
    }

    public void Dispose()
    {
        Loop.Dispose();
        Model.Dispose();
    }
}
