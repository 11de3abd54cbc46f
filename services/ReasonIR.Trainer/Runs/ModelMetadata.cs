using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments.Models;
using ReasonIR.Trainer.Data;

namespace ReasonIR.Trainer.Runs;

/// <summary>How a model was made, for whoever looks at it without its run: the JSON in the model's row.</summary>
static class ModelMetadata
{
    public static string Write(IReadOnlyList<TrainingSet> sets, Model? from, TrainSpec spec, TrainingOutcome outcome, TrainedModel model)
    {
        var trained = model.Role == "trained";
        var first = sets[0];
        return JsonSerializer.Serialize(new
        {
            type = "f32",
            role = model.Role,
            training = new
            {
                dataset = first.Name, datasetVersion = first.Version.Version, datasetSpecHash = first.Version.SpecHash, datasetGenerator = first.Version.Generator,
                corpus = first.Corpus?.Name, corpusHash = first.Corpus?.ContentHash,
                sources = sets.Count < 2 ? null : sets.Select(set => new { dataset = set.Name, version = set.Version.Version, specHash = set.Version.SpecHash, generator = set.Version.Generator, corpus = set.Corpus?.Name, corpusHash = set.Corpus?.ContentHash }),
                @base = spec.From.Model, baseRevision = from?.Revision, seed = spec.Seed,
                steps = trained ? outcome.Steps : 0, bestStep = trained ? outcome.BestStep : 0,
                startLoss = outcome.StartLoss, bestLoss = trained ? outcome.BestLoss : outcome.StartLoss,
                stopped = trained ? outcome.Stopped : null, seconds = trained ? outcome.Seconds : (double?)null,
                heldOut = trained ? outcome.HeldOut : null, settings = outcome.Settings, recipe = spec,
            },
        }, ReasonIrJson.Web);
    }
}
