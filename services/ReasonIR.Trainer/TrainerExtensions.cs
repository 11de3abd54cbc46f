using Microsoft.Extensions.Options;
using ReasonIR.Experiments;
using ReasonIR.ServiceDefaults.Hub;
using ReasonIR.Trainer.Data;
using ReasonIR.Trainer.Estimating;
using ReasonIR.Trainer.Evaluating;
using ReasonIR.Trainer.Importing;
using ReasonIR.Trainer.Runs;
using ReasonIR.Trainer.StaticBase;
using ReasonIR.Trainer.TinyBase;
using ReasonIR.Trainer.TransformerBase;

namespace ReasonIR.Trainer;

/// <summary>Wires the service.</summary>
public static class TrainerExtensions
{
    /// <summary>Adds the worker on runs of kind <c>train</c>.</summary>
    public static IHostApplicationBuilder AddTrainer(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TrainerOptions>().BindConfiguration("Trainer").Validate(options => options.TokenBytes >= 0, "Trainer:TokenBytes must not be negative.").ValidateOnStart();
        builder.Services.AddSingleton<TrainingReader>();
        builder.Services.AddSingleton<SourceReader>();
        builder.Services.AddSingleton<SampleReader>();
        builder.Services.AddSingleton<TrainEstimator>();
        builder.Services.AddSingleton<TrainingGate>();
        builder.Services.AddSingleton<TinyTexts>();
        builder.Services.AddSingleton<ModelRegistry>();
        builder.Services.AddSingleton<StaticModelBase>();
        builder.Services.AddSingleton<TransformerModelBase>();
        builder.Services.AddRunHandler<TrainHandler>();
        builder.Services.AddHub();
        builder.Services.AddSingleton<HubFileFetcher>();
        builder.Services.AddRunHandler<ImportDatasetHandler>();
        return builder;
    }
}
