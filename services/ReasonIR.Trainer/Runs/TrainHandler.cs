using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Experiments.Runs;
using ReasonIR.Trainer.StaticBase;
using ReasonIR.Trainer.TransformerBase;

namespace ReasonIR.Trainer.Runs;

/// <summary>Dataset versions become a model. Weights and optimizer lie in the run's work folder, so a run whose worker was killed goes on exactly.</summary>
public sealed class TrainHandler(StaticModelBase scratch, TransformerModelBase transformer, ModelRegistry registry) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.Train;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = TrainSpecs.Parse(JsonSerializer.Deserialize<JsonElement>(run.Run.Spec));
        var name = spec.Output.Name;
        var (sets, from) = await TrainingPlan.PrepareAsync(run, spec, cancellation);
        await run.LogAsync($"Trains '{name}' from {spec.From.Model} on {string.Join("; ", sets.Select(set => set.Describe()))}.");

        IModelBase training = spec.From.Model == BaseSection.Scratch ? scratch : transformer;
        var outcome = await training.TrainAsync(new(run, spec, sets, from, AttemptFolder.Open(run)), cancellation);
        foreach (var model in outcome.Models)
        {
            var row = await registry.RegisterAsync(run, model, spec.From.Model, ModelMetadata.Write(sets, from, spec, outcome, model), cancellation);
            await run.LogAsync($"Registered '{row.Name}' ({model.Role}): {row.Kind}, {row.Dimension} dimensions, revision {row.Revision[..12]}.");
        }
        await run.SetOutputAsync(new TrainOutput(
            name, outcome.Models.FirstOrDefault(model => model.Role == "start")?.Name, outcome.Steps, outcome.BestStep, outcome.Seconds, outcome.HeldOut, outcome.Settings), cancellation);
        await run.ReportProgressAsync(1, $"{outcome.Steps} steps, {outcome.Stopped}");
    }
}
