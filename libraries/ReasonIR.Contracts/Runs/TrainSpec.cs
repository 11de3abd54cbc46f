using System.Text.Json.Serialization;
using ReasonIR.Contracts.Runs.Training;

namespace ReasonIR.Contracts.Runs;

/// <summary>
/// Dataset versions become a model: the recipe of a training run. Null settings take the default of the base, which the run records in
/// its output. Written as YAML or JSON (<see cref="TrainSpecs"/>); the flat form of earlier versions is still read.
/// </summary>
/// <param name="Output">What comes out.</param>
/// <param name="Data">What is trained on, and in which batches.</param>
/// <param name="Base">What training starts from.</param>
/// <param name="Loss">What is minimized.</param>
/// <param name="Optimizer">AdamW.</param>
/// <param name="Schedule">The learning rate over the steps.</param>
/// <param name="Scale">How a batch is fitted into memory, and over how many processes.</param>
/// <param name="Evaluation">What is measured during the run; null: nothing.</param>
/// <param name="Seed">Decides initialization, order and draws.</param>
public sealed record TrainSpec(
    OutputSection Output,
    DataSection Data,
    BaseSection? Base = null,
    LossSection? Loss = null,
    OptimizerSection? Optimizer = null,
    ScheduleSection? Schedule = null,
    ScaleSection? Scale = null,
    EvaluationSection? Evaluation = null,
    int Seed = 0) : IRunSpec
{
    /// <summary>A run with defaults for all but the data and the base.</summary>
    public static TrainSpec Of(string model, string dataset, int? version = null, string from = BaseSection.Scratch, int seed = 0) =>
        new(new(model), new([new(dataset, version)]), new(from), Seed: seed);

    /// <summary>The base, with its default.</summary>
    [JsonIgnore]
    public BaseSection From => Base ?? new();

    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"train {Output?.Name}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. Output?.Problems() ?? ["output: expected at least a name, found nothing."],
        .. Data?.Problems() ?? ["data: expected at least a source, found nothing."],
        .. From.Problems(),
        .. Loss?.Problems() ?? [],
        .. Optimizer?.Problems() ?? [],
        .. Schedule?.Problems() ?? [],
        .. Scale?.Problems(Data?.BatchSize) ?? [],
        .. Evaluation?.Problems() ?? [],
        .. Loss?.Distillation is not null && Data?.Negatives == 0 ? new[] { "loss.distillation: a teacher's scores are compared within a query's own passages; expected data.negatives of 1 or more, found 0." } : [],
        .. Scale?.Workers > 1 && From.Model == BaseSection.Scratch ? new[] { "scale.workers: a static base is trained in one process, found " + Scale.Workers + "." } : [],
        .. Output?.Format == "peft" && (From.Attention ?? From.Pooling ?? (object?)From.PoolPrompt ?? Data?.Prompts ?? Data?.Sources?.FirstOrDefault(source => source?.Prompts is not null)?.Prompts) is not null
            ? new[] { "output.format: a folder of adapters alone is served as its base is: it cannot state base.attention, base.pooling, base.poolPrompt or prompts; leave output.format out, the adapters are then in the model's folder 'adapter'." } : [],
        .. Output?.Format == "peft" && Scale?.Lora is null ? new[] { "output.format: 'peft' is the adapters of a run with scale.lora; there is none." } : [],
    ];
}
