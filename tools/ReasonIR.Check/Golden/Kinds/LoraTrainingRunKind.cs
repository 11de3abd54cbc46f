using System.Globalization;
using ReasonIR.Models.Lora;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Torch;
using ReasonIR.Training.Contrastive;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// A contrastive run that trains a LoRA adapter alone: losses and gradient norms, the second step's gradients (in the first all of A's are
/// 0), adapters on the way and at the end, probe embeddings of base, adapter and merged model, the merged weights, and our PEFT folder read again.
/// </summary>
public sealed class LoraTrainingRunKind : IGoldenKind
{
    public string Kind => "lora-training-run";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        TorchRuntime.Status.Require();
        using var scope = NewDisposeScope();
        using var single = new SingleThread();
        using var run = new StoredRun(manifest, cancellation);
        var losses = new List<double>();
        foreach (var group in Plain(run, losses))
            yield return group;
        if (run.Trace.TryGetProperty("gradcache", out _))
            yield return Chunked(run);
    }

    static List<GoldenGroup> Plain(StoredRun run, List<double> losses)
    {
        var manifest = run.Manifest;
        using var started = run.Start(run.Spec);
        var groups = new List<GoldenGroup>();
        var tally = new GoldenTally(manifest, manifest.WrittenPath("trace"), manifest.ToleranceElement());
        if (run.Trace.TryGetProperty("trainable_parameters", out var count))
            tally.Case("trained", () => tally.Equal("parameters", count.GetInt64(), started.Loop.Parameters.Sum(p => p.Parameter.numel())));
        if (run.CompareProbe(started.Model, "embeddings_base", "before") is { } before)
            groups.Add(before);
        while (started.Loop.Step < run.Steps)
        {
            if (started.Loop.Step == 1 && manifest.Root.TryGetProperty("step2_gradients", out _))
                groups.Add(run.CompareGradients(started, manifest.WrittenPath("step2_gradients"), "step1_gradients", Stored));
            var (loss, norm, rate) = started.Step();
            losses.Add(loss);
            var step = started.Loop.Step;
            tally.Case($"step {step}", () =>
            {
                tally.Near("loss", run.Expected("loss", step), loss, run.LossTolerance(step));
                tally.Near("gradient norm", run.Expected("grad_norm", step), norm, manifest.Tolerance("gradient_norms"));
                tally.Near("learning rate", run.Trace.GetProperty("lr")[step - 1].GetDouble(), rate, new(0, 1e-9));
            });
            var key = step.ToString(CultureInfo.InvariantCulture);
            foreach (var files in new[] { "parameters_after", "parameters_after_f64" })
                if (manifest.Root.TryGetProperty(files, out var stored) && stored.TryGetProperty(key, out var file))
                    groups.Add(run.CompareParameters(started, file.GetString()!, Stored));
        }
        groups.Insert(0, tally.Group());
        groups.Add(run.CompareParameters(started, $"{manifest.WrittenPath("adapter_final")}/{LoraAdapter.Weights}", Stored));
        Ends(run, started, groups);
        return groups;
    }

    /// <summary>The trained adapter beside the weights, written and read again, and merged into them.</summary>
    static void Ends(StoredRun run, StartedRun started, List<GoldenGroup> groups)
    {
        groups.AddRange(Probe(started, "embeddings", "with the adapter"));
        var folder = Directory.CreateTempSubdirectory("reasonir-check-").FullName;
        try
        {
            BaseModel.Save(run.Spec with { Lora = run.Spec.Lora! with { Merge = false } }, started.Model, SentenceTransformersFolder.Open(run.Spec.BaseModel), folder);
            using var again = run.Start(run.Spec with { Lora = run.Spec.Lora! with { From = folder } });
            groups.AddRange(Probe(again, "embeddings_adapter", "with the adapter read again"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        LoraAdapter.Merge(started.Model.Transformer);
        groups.AddRange(Probe(started, "embeddings_merged", "merged"));
        groups.Add(Merged(run, started));

        IEnumerable<GoldenGroup> Probe(StartedRun of, string name, string when) => run.CompareProbe(of.Model, name, when) is { } group ? [group] : [];
    }

    static GoldenGroup Merged(StoredRun run, StartedRun started)
    {
        var file = run.Manifest.WrittenPath("merged");
        using var stored = SafetensorsFile.Open(run.Manifest.Require(file));
        var tally = new GoldenTally(run.Manifest, file, run.Manifest.ToleranceElement("parameters"));
        var weights = started.Model.named_parameters().Where(p => !LoraPair.IsName(p.name)).ToDictionary(p => StoredRun.Bare(p.name), p => p.parameter);
        tally.Case("tensors", () => tally.EqualSequences("names", [.. stored.Tensors.Keys.Order(StringComparer.Ordinal)], [.. weights.Keys.Order(StringComparer.Ordinal)]));
        run.Spread(tally, "", weights.SelectMany(w => stored.ReadFloats(w.Key).Zip(w.Value.data<float>().ToArray(), (a, b) => Math.Abs((double)a - b))));
        return tally.Group();
    }

    static GoldenGroup Chunked(StoredRun run)
    {
        using var started = run.Start(run.Spec with { Scale = new(ChunkTexts: Math.Max(1, run.BatchSize / 2)) });
        var tally = new GoldenTally(run.Manifest, $"{run.Manifest.WrittenPath("trace")} gradcache", run.Manifest.ToleranceElement("losses"));
        while (started.Loop.Step < run.Steps)
        {
            var (loss, _, _) = started.Step();
            tally.Case($"step {started.Loop.Step}", () => tally.Near("loss", run.Expected("loss", started.Loop.Step), loss, run.LossTolerance(started.Loop.Step)));
        }
        return tally.Group();
    }

    /// <summary>PEFT's name of one of our parameters.</summary>
    static string Stored(string name) => $"base_model.model.{StoredRun.Bare(name)}";
}
