extern alias trainer;

using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Data;
using trainer::ReasonIR.Trainer.Data;
using trainer::ReasonIR.Trainer.TinyBase;
using trainer::ReasonIR.Trainer.TransformerBase;

namespace ReasonIR.Benchmarks.Quality;

/// <summary>
/// The base <c>tiny</c> trained on a collection's documents alone, as the Trainer service trains it: its vocabulary, its pairs (one a document,
/// drawn anew in each pass) and its settings are the service's own.
/// </summary>
/// <param name="mostSteps">Optimizer steps at most, where the recipe's epochs have more; null: all of theirs.</param>
sealed class TinyTraining(StaticSystems systems, string name, int seed, int? mostSteps)
{
    readonly TrainSpec spec = TrainSpec.Of("tiny", name, from: BaseSection.TinyLlama, seed: seed);

    /// <summary>Writes the untrained model.</summary>
    public void Start(string folder, CancellationToken cancellation) =>
        TinyFolder.Make(folder, systems.Documents.SelectMany(document => new[] { document.Title, document.Text }), TinySize.Of(null), seed, cancellation);

    /// <summary>Trains the model of <see cref="Start"/>.</summary>
    public async Task<ContrastiveTrainingResult> TrainAsync(string start, string output, TextWriter log, CancellationToken cancellation)
    {
        var from = BaseFolder.Open(start, null);
        var source = new StrategySource(
            name, "", new CorpusTexts(systems.PairDocuments(links: false)).ForPairs(), new([]), CorpusTexts.Settings(new()),
            SourceSettings.Of(spec.Data, spec.Data.Sources[0], from.Folder.Prompts), from.Tokens, name, seed);
        using var batches = new MixtureBatches([source], new(RecipeSettings.BatchSize(spec), SmallestBatch: 2, Seed: seed));
        var steps = Math.Min(mostSteps ?? int.MaxValue, RecipeSettings.Steps(spec, batches.StepsPerEpoch));
        var settings = RecipeSettings.Of(spec, start, from.Folder.Prompts, steps);
        await log.WriteLineAsync($"{source.Count} pairs an epoch, {batches.StepsPerEpoch} steps; {string.Join(", ", RecipeSettings.Written(spec, settings).Select(pair => $"{pair.Key} {pair.Value}"))}");
        return await ContrastiveTrainer.TrainAsync(settings, _ => batches, new StepLines(log), $"{output}-checkpoints", output, cancellation);
    }
}
