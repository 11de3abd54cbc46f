using ReasonIR.Contracts.Runs;
using ReasonIR.Models.Export;
using ReasonIR.Trainer.Data;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Trainer.TransformerBase;

/// <summary>The model card of a run's result: its data sets with versions, settings, evaluation, and the whole recipe.</summary>
static class TrainedCard
{
    public static ModelCard Of(TrainSpec spec, IReadOnlyList<TrainingSet> sets, IReadOnlyDictionary<string, string> settings, ContrastiveTrainingResult result)
    {
        // The best score is the result's only where the best model was kept.
        var score = spec.Evaluation?.KeepBest == false ? null : result.BestScore;
        return new()
        {
            Name = spec.Output.Name,
            Description = spec.Output.Description,
            License = spec.Output.License,
            BaseModel = spec.From.Model,
            Datasets = [.. sets.Select(set => new CardDataset(set.Name, $"{set.Version.Version}", set.Version.ExampleCount, Description: set.Corpus is null ? set.Version.Generator : $"{set.Version.Generator}, corpus {set.Corpus.Name}"))],
            Hyperparameters = [.. settings.Select(setting => (setting.Key, setting.Value)), ("steps done", $"{(score is null ? null : result.BestStep) ?? result.Steps}")],
            Results = score is { } value ? [new(string.Join(", ", spec.Evaluation?.Sets?.Select(set => set.Corpus) ?? []), "nDCG@10", value)] : [],
            Recipe = TrainSpecs.ToYaml(spec),
            Notes = score is null ? [] : ["The figure was measured during training, over a sample of each corpus that holds every judged document; over the whole corpus it is usually lower."],
        };
    }
}
