using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Trainer.TransformerBase;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Data;

namespace ReasonIR.Trainer.Data;

/// <summary>Bounds of the Trainer's own files.</summary>
public sealed class TrainerOptions
{
    /// <summary>Bytes that tokenized data may take on the disk, together.</summary>
    public long TokenBytes { get; set; } = 20L << 30;
}

/// <summary>Opens the sources of a mixture: stored examples tokenized once, strategies as they are drawn.</summary>
public sealed class SourceReader(TrainingReader data, DatasetStore datasets, ArtifactStore artifacts, Microsoft.Extensions.Options.IOptions<TrainerOptions> options)
{
    /// <summary>Examples between two notes of progress.</summary>
    const int Noted = 2000;

    /// <summary>The batches of a run.</summary>
    /// <param name="own">The base's prompts.</param>
    public async Task<MixtureBatches> OpenAsync(RunContext run, TrainSpec spec, IReadOnlyList<TrainingSet> sets, TextTokens tokens, PromptSet own, CancellationToken cancellation)
    {
        var sources = new List<IExampleSource>();
        try
        {
            foreach (var (source, set) in spec.Data.Sources.Zip(sets))
                sources.Add(await SourceAsync(run, spec, set, SourceSettings.Of(spec.Data, source, own), tokens, cancellation));
            var temperature = spec.Data.Sampling == "temperature" ? spec.Data.SamplingTemperature : null;
            var weights = spec.Data.Sampling == "weights" ? spec.Data.Sources.Select(source => source.Weight!.Value).ToList() : null;
            return new(sources, new(RecipeSettings.BatchSize(spec), spec.Data.Batches == "single", weights, temperature, Math.Max(2, 2 * (spec.Scale?.Workers ?? 1)), spec.Seed));
        }
        catch
        {
            foreach (var source in sources)
                source.Dispose();
            throw;
        }
    }

    async Task<IExampleSource> SourceAsync(RunContext run, TrainSpec spec, TrainingSet set, SourceSettings settings, TextTokens tokens, CancellationToken cancellation)
    {
        if (set.Strategy is { } strategy)
        {
            var how = strategy.Extractive ?? new();
            var corpus = await data.CorpusAsync(set.Corpus!, cancellation, strategy);
            var source = new StrategySource(set.Name, $"version {set.Version.Version} {set.Version.SpecHash} {set.Corpus!.ContentHash}", corpus.ForPairs(), await data.RowsAsync(set, cancellation),
                CorpusTexts.Settings(how), settings, tokens, set.Corpus.Name, (long)new SeededDraw(strategy.Seed, spec.Seed).Next());
            if (spec.Loss?.Distillation is not null)
                throw new ArgumentException($"loss.distillation: the pairs of '{set.Name}' are drawn anew each step and have no teacher's scores.");
            return source.Count > 0 ? source : throw new ArgumentException($"data.sources: version {set.Version.Version} of dataset '{set.Name}' gives no example with a positive; there is nothing to train on.");
        }
        // Tokenizing takes long and all cores: not on a thread of the pool's small number.
        return await Task.Factory.StartNew(() => Stored(run, spec, set, settings, tokens, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    StoredSource Stored(RunContext run, TrainSpec spec, TrainingSet set, SourceSettings settings, TextTokens tokens, CancellationToken cancellation)
    {
        var store = new TokenStore(artifacts.Resolve("tokens"), options.Value.TokenBytes);
        var how = new TokenSettings(tokens.Hash, tokens.MaxTokens, settings.Prompts, settings.QueryMaxTokens, settings.PassageMaxTokens);
        // A sealed version never changes; what settings add to its texts is part of the name.
        var identity = $"{set.Version.Id} {set.Version.SpecHash} {set.Version.SealedAt:O} {settings.InstructionInText} {settings.Instruction}";
        var tokenized = store.Open(identity, tokens, how, builder =>
        {
            foreach (var example in datasets.StreamAsync(set.Version.Id, cancellation).ToBlockingEnumerable(cancellation))
                if (example.Positives.Count > 0)
                {
                    builder.Add(Text(example, set, settings));
                    if (builder.Count % Noted == 0)
                        Wait(run.ReportProgressAsync((double)example.Ordinal / Math.Max(1, set.Version.ExampleCount), $"tokenizing {set.Name}: {builder.Count:N0} examples"));
                }
        }, out var built);
        try
        {
            var info = tokenized.Info;
            Wait(run.LogAsync($"{set.Name} version {set.Version.Version}: {info.Examples:N0} examples, {info.Texts:N0} different texts of {info.Tokens:N0} tokens in {info.Shards} shards, {(built ? "tokenized now" : "tokenized by an earlier run")}."));
            if (info.Examples == 0)
                throw new ArgumentException($"data.sources: version {set.Version.Version} of dataset '{set.Name}' gives no example with a positive; there is nothing to train on.");
            if (info.UnusedInstructions > 0)
                Wait(run.LogAsync(RunLogLevel.Warning, $"{info.UnusedInstructions:N0} queries of {set.Name} bring an instruction that the prompt has no place for; it is left out."));
            if (spec.Loss?.Distillation is not null && !info.Scored)
                throw new ArgumentException($"loss.distillation: not every passage of '{set.Name}' has a teacher's score.");
            if (spec.Loss?.Reasoning is not null && info.Reasoned == 0)
                throw new ArgumentException($"loss.reasoning: no example of '{set.Name}' has a reasoned query.");
            return new(set.Name, tokenized, settings.Positives, settings.Negatives, spec.Loss?.ExampleWeights ?? true);
        }
        catch
        {
            tokenized.Dispose();
            throw;
        }
    }

    static TextExample Text(Example example, TrainingSet set, SourceSettings settings)
    {
        var metadata = example.ReadMetadata();
        var instruction = example.Instruction ?? settings.Instruction;
        var inText = settings.InstructionInText && !string.IsNullOrEmpty(instruction);
        return new(example.Ordinal, inText ? $"{instruction} {example.Query}" : example.Query, settings.InstructionInText ? null : instruction,
            [.. example.Positives.Select(Passage)], [.. example.Negatives.Select(Passage)], (float)(metadata.Weight ?? 1), metadata.Reasoned);

        TextPassage Passage(Passage passage) => new(
            passage.Text, passage.DocumentId is { } id ? StrategySource.Key(set.Corpus?.Name ?? set.Name, id) : 0, (float?)passage.Score ?? float.NaN, passage.Instruction);
    }

    static void Wait(ValueTask written)
    {
        if (!written.IsCompletedSuccessfully)
            written.AsTask().GetAwaiter().GetResult();
    }
}
