using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Pairs;
using ReasonIR.Trainer.Data;
using ReasonIR.Trainer.Runs;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Static;

namespace ReasonIR.Trainer.StaticBase;

/// <summary>A static encoder, from scratch on the dataset's corpus: no download, no labels, no libtorch.</summary>
public sealed class StaticModelBase(TrainingReader data) : IModelBase
{
    /// <inheritdoc/>
    public async Task<TrainingOutcome> TrainAsync(TrainingJob job, CancellationToken cancellation)
    {
        var (run, spec) = (job.Run, job.Spec);
        if (job.Sets is not [var set])
            throw new ArgumentException($"data.sources: a static encoder is trained on one dataset and its corpus, found {job.Sets.Count}.");
        if (set.Corpus is null)
            throw new ArgumentException($"base.model: a static encoder is trained on its dataset's corpus, and version {set.Version.Version} of '{set.Name}' has none; choose a registered model as base.");
        var options = StaticSettings.Options(spec);
        var settings = StaticSettings.Written(options, StaticSettings.Negatives(spec));
        await run.LogAsync($"Settings: {string.Join(", ", settings.Select(pair => $"{pair.Key} {pair.Value}"))}.");
        if (StaticSettings.Unused(spec) is { Count: > 0 } unused)
            await run.LogAsync(RunLogLevel.Warning, $"A static base does not use: {string.Join(", ", unused)}.");
        await run.ReportProgressAsync(null, "reading the corpus");
        var corpus = await data.CorpusAsync(set.Corpus, cancellation, set.Strategy);
        var rows = await data.RowsAsync(set, cancellation);
        await run.LogAsync($"{corpus.All.Count:N0} documents, {rows.All.Count:N0} stored examples, {rows.Negatives:N0} hard negatives.");
        await run.ReportProgressAsync(null, "vocabulary and SVD start");
        // Hours of computing belong on a thread of their own.
        return await Task.Factory.StartNew(() => Train(job, corpus, rows, options, settings, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    static TrainingOutcome Train(
        TrainingJob job, CorpusTexts corpus, StoredRows rows, StaticOptions options, IReadOnlyDictionary<string, string> settings, CancellationToken cancellation)
    {
        var (spec, series) = (job.Spec, new RunSeriesWriter(job.Run));
        var input = new StaticTrainingInput(
            [.. corpus.All.Select(document => new StaticDocument(document.Id, document.Title, SentenceSplitter.Split(document.Text)))],
            heldOut => Pairs(job, corpus, rows, heldOut), PorterStemmer.Stem, word => StopWords.Contains(word));
        var result = new StaticTrainer(input, options).Train(
            new StaticProgressWriter(series, spec).Report, Path.Combine(job.Folder.Checkpoint, "static.safetensors"), cancellation);
        series.Log(FormattableString.Invariant(
            $"{result.Steps} steps in {result.Elapsed.TotalSeconds:F1} s ({result.StoppedBecause}); vocabulary {result.VocabularySize}, rows {result.Rows}; held-out loss {result.StartLoss:F4} at the start, {result.BestLoss:F4} at step {result.BestStep}, which is kept."));

        series.Progress(null, "comparing with BM25 on held-out documents");
        var heldOut = Compare(result, series, cancellation);
        series.Progress(null, "writing the model");
        var models = new List<TrainedModel>();
        if (spec.From.KeepsStart)
        {
            var start = new TrainedModel(ModelRegistry.StartOf(spec.Output.Name), Path.Combine(job.Folder.Output, "start"), "start");
            result.SaveStart(start.Folder, start.Name, cancellation);
            models.Add(start);
        }
        models.Add(new(spec.Output.Name, Path.Combine(job.Folder.Output, "trained"), "trained"));
        result.Save(models[^1].Folder, spec.Output.Name);
        return new(models, result.Steps, result.BestStep, result.Elapsed.TotalSeconds, result.StoppedBecause, settings, result.StartLoss, result.BestLoss, heldOut);
    }

    static IPairSource Pairs(TrainingJob job, CorpusTexts corpus, StoredRows rows, IReadOnlySet<string> heldOut)
    {
        var negatives = StaticSettings.Negatives(job.Spec);
        if (job.Sets[0].Strategy is not { } strategy)
            return new ExamplePairs(rows, heldOut, job.Spec.Seed, negatives);
        var how = strategy.Extractive ?? new();
        // The dataset's seed and the run's: either one draws other pairs.
        var seed = (int)new SeededDraw(strategy.Seed, job.Spec.Seed).Next();
        return new StrategyPairs(new(corpus.ForPairs(heldOut), seed, CorpusTexts.Settings(how)), rows, heldOut, negatives);
    }

    /// <summary>Whether the encoder can be offered as an improvement, said without any judgment; null where nothing was held out.</summary>
    static HeldOutCheck? Compare(StaticResult result, RunSeriesWriter series, CancellationToken cancellation)
    {
        var check = result.CompareWithBm25(HeldOutRanks.Bm25, cancellation);
        if (check.Queries == 0)
        {
            series.Log("No documents could be held out: there is no check against BM25.");
            return null;
        }
        series.Log($"{check}.", check.BetterThanBm25 ? RunLogLevel.Information : RunLogLevel.Warning);
        return new(check.Queries, check.Encoder, check.Bm25);
    }
}
