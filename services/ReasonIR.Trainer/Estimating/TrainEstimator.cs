using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Contracts.Trainer;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Models;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using ReasonIR.Trainer.Data;
using ReasonIR.Trainer.Runs;
using ReasonIR.Trainer.StaticBase;
using ReasonIR.Trainer.TinyBase;
using ReasonIR.Trainer.TransformerBase;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Trainer.Estimating;

/// <summary>Says what a run will take before it starts, and why it could not.</summary>
public sealed class TrainEstimator(IDbContextFactory<ExperimentsDb> databases, ModelRoots roots, TrainingGate gate)
{
    /// <summary>Letters of a token where no vocabulary is there yet.</summary>
    const double LettersPerToken = 4.2;

    /// <exception cref="ArgumentException">The recipe names what is not there.</exception>
    public async Task<TrainEstimate> EstimateAsync(TrainSpec spec, bool probe, CancellationToken cancellation)
    {
        RunSpecs.ThrowIfInvalid(RunKinds.Train, spec);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var sets = new List<TrainingSet>();
        foreach (var (place, source) in spec.Data.Sources.Index())
            sets.Add(await TrainingSet.FindAsync(db, source, $"data.sources[{place}]", null, cancellation));
        if (spec.From.Model == BaseSection.Scratch)
            return await StaticAsync(db, spec, sets, cancellation);
        var from = TrainingPlan.FromScratch(spec) ? null : BaseFolder.Open(roots.Resolve((await TrainingPlan.BaseAsync(db, spec.From.Model, cancellation)).Path), spec.From.PoolPrompt);
        var size = from is null ? TinySize.Of(spec.From.Tiny) : null;
        var shape = from?.Shape ?? size!.Shape();
        var prompts = from?.Folder.Prompts ?? PromptSet.None;
        var lengths = await LengthSample.ReadAsync(db, spec, sets, [.. spec.Data.Sources.Select(source => SourceSettings.Of(spec.Data, source, prompts))], Count, cancellation);
        var batchSize = RecipeSettings.BatchSize(spec);
        var batch = new BatchShape(batchSize, batchSize * lengths.PassagesPerQuery, lengths.PerQuery, lengths.PerPassage);
        var steps = RecipeSettings.Steps(spec, (int)Math.Clamp((lengths.Examples + batchSize - 1) / batchSize, 1, int.MaxValue));
        var scale = spec.Scale ?? new();
        var trainable = MemoryEstimate.Trainable(shape, scale);
        var memory = MemoryEstimate.Of(shape, trainable, scale, batch);
        var notes = new List<string>();
        var described = $"{(from is null ? "tiny, made from scratch" : spec.From.Model)}: {shape.Type}, {shape.Layers} layers, hidden {shape.Hidden}";
        var estimate = Fits(spec, new(described, shape.Parameters, trainable, lengths.Examples, steps, lengths.PerQuery, lengths.PerPassage, batch.Tokens, batch.InFlight(scale) * (scale.Workers ?? 1),
            memory, memory.Sum(part => part.Bytes), 0, "", null, null, null, null, [], notes));
        if (!probe || estimate.Refusals.Count > 0)
            return estimate;
        if (!TorchRuntime.Status.Available)
            return estimate with { Refusals = [$"libtorch is not available: {TorchRuntime.Status.Reason}"] };
        using var held = gate.TryEnter();
        if (held is null)
        {
            notes.Add("A run is training here: the rate was not measured.");
            return estimate;
        }
        var settings = RecipeSettings.Of(spec, from?.Folder.Path ?? "tiny", prompts, steps);
        var rate = await Task.Factory.StartNew(() => RateProbe.Measure(settings, () => from is null ? Random(size!, settings) : BaseModel.Load(settings, from.Folder),
            (int)Math.Round(batch.Tokens / Math.Max(1, batch.Queries + batch.Passages)), cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        // GradCache reads every text twice, once without a gradient: a third of the work of forward and backward.
        var again = scale.GradCache is not null && batch.InFlight(scale) < batch.Tokens / (scale.Workers ?? 1) ? 4.0 / 3 : 1;
        var step = batch.Tokens * again / rate.TokensPerSecond + rate.OptimizerSeconds;
        notes.Add("The rate is that of a small step on this machine as it is now; evaluation, checkpoints and loading come on top.");
        if (scale.Workers > 1)
            notes.Add(TorchSharp.torch.cuda.device_count() is > 0 and var gpus ? $"One process was measured; {scale.Workers} workers share {gpus} GPU{(gpus == 1 ? "" : "s")}." : $"{scale.Workers} workers share the cores that one process was measured on.");
        return estimate with { TokensPerSecond = rate.TokensPerSecond, OptimizerSeconds = rate.OptimizerSeconds, StepSeconds = step, Seconds = Math.Min(step * steps, spec.Data.Seconds ?? double.PositiveInfinity) };

        int Count(string text, string prompt, int? limit)
        {
            var most = Math.Min(limit ?? int.MaxValue, from?.Tokens.MaxTokens ?? size!.MaxTokens);
            return Math.Min(most, from?.Tokens.Count(text, prompt) ?? (int)Math.Ceiling((prompt.Length + text.Length) / LettersPerToken) + 1);
        }
    }

    /// <summary>With what the machine or its GPUs have, and the refusal where that is not enough.</summary>
    public static TrainEstimate Fits(TrainSpec spec, TrainEstimate estimate)
    {
        var free = spec.From.Model == BaseSection.Scratch ? MachineMemory.Now() : MachineMemory.ForTraining(spec.Scale?.Workers ?? 1);
        if (spec.Scale?.Memory is { } gibibytes)
            free = new((long)(gibibytes * (1L << 30)), "allowed by scale.memory");
        estimate = estimate with { AvailableBytes = free.Bytes, AvailableFrom = free.From };
        if (estimate.MemoryBytes <= free.Bytes)
            return estimate;
        var activations = estimate.Memory.FirstOrDefault(part => part.Name == "activations")?.Bytes ?? 0;
        var scale = spec.Scale ?? new();
        var ways = new List<string>();
        if (activations > estimate.MemoryBytes / 3)
            ways.AddRange(new[] { scale.GradCache is null ? "scale.gradCache" : "a smaller scale.gradCache", scale.Checkpointing == true ? null : "scale.checkpointing: true", "smaller data.passageMaxTokens" }.OfType<string>());
        if (scale.Lora is null)
            ways.Add("scale.lora");
        if (scale.Precision is null or "f32")
            ways.Add("scale.precision: pureBf16");
        return estimate with
        {
            Refusals = [$"The run would take {Gibibytes(estimate.MemoryBytes)} ({string.Join(", ", estimate.Memory.OrderByDescending(part => part.Bytes).Take(4).Select(part => $"{part.Name} {Gibibytes(part.Bytes)}"))}); {Gibibytes(free.Bytes)} are {free.From}. What would help: {string.Join(", ", ways)}."],
        };
    }

    static string Gibibytes(long bytes) => FormattableString.Invariant($"{bytes / (double)(1L << 30):0.##} GiB");

    static SentenceModel Random(TinySize size, ContrastiveTrainingSpec settings)
    {
        var compute = settings.Scale.Precision == Precision.F32 ? TorchSharp.torch.float32 : TorchSharp.torch.bfloat16;
        return new(DecoderModel.Random(size.Config(size.Vocabulary, 0), settings.Seed, new(Compute: compute, Checkpointing: settings.Scale.Checkpointing, Device: BaseModel.Place(settings, 0))));
    }

    /// <summary>The static encoder: its texts, and three numbers for each of the rows' (itself and two moments).</summary>
    static async Task<TrainEstimate> StaticAsync(ExperimentsDb db, TrainSpec spec, List<TrainingSet> sets, CancellationToken cancellation)
    {
        if (sets is not [{ Corpus: { } corpus }])
            throw new ArgumentException("data.sources: a static encoder is trained on one dataset and its corpus.");
        var options = StaticSettings.Options(spec);
        var letters = await db.Documents.Where(row => row.CorpusId == corpus.Id).SumAsync(row => (long)row.Text.Length + row.Title.Length, cancellation);
        // Heaps' law for English: a corpus of n words has about 30 · √n different ones.
        var rows = (long)Math.Min(options.MaxWords, 30 * Math.Sqrt(letters / 6.0));
        var parameters = rows * options.Dimension;
        MemoryPart[] memory =
        [
            new("weights and optimizer", parameters * 12, $"about {rows:N0} rows of {options.Dimension} dimensions, two moments each"),
            new("texts", letters * 6, $"{corpus.DocumentCount:N0} documents of {letters:N0} letters, as texts and as numbers"),
            new("program", 200L << 20, "runtime and libraries"),
        ];
        return Fits(spec, new($"static, on corpus {corpus.Name}", parameters, parameters, corpus.DocumentCount, options.MaxSteps, 0, 0, 0, 0, memory, memory.Sum(part => part.Bytes), 0, "",
            null, null, null, spec.Data.Seconds, [], ["Held-out documents decide when a static encoder stops: seconds to a minute on small corpora."]));
    }
}
