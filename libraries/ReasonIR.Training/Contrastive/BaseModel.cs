using ReasonIR.Models.Export;
using ReasonIR.Models.Lora;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Training.Contrastive;

/// <summary>The model that a spec trains: how it is loaded, what of it is trained, how the result is written.</summary>
public static class BaseModel
{
    /// <summary>Loaded in the spec's precision, in evaluation mode, with gradients where it is trained.</summary>
    /// <exception cref="InvalidDataException">The folder is broken, contradicts the spec, or nothing of it is left to train.</exception>
    /// <exception cref="NotSupportedException">The architecture or a module is not implemented.</exception>
    /// <param name="rank">Of this process: several GPUs are shared out by it.</param>
    public static SentenceModel Load(ContrastiveTrainingSpec spec, SentenceTransformersFolder folder, int rank = 0)
    {
        var options = new ModelOptions(
            Compute: spec.Scale.Precision == Precision.F32 ? float32 : bfloat16, Stored: spec.Scale.Precision == Precision.Bf16 ? bfloat16 : float32,
            Bidirectional: spec.Bidirectional, Adapter: spec.Lora?.From, Checkpointing: spec.Scale.Checkpointing, Device: Place(spec, rank));
        var model = folder.Modules.Count == 0 ? Plain(spec, folder, options) : WithModules(spec, folder, options);
        try
        {
            if (spec.Lora is { From: null } lora)
                Create(model, lora, spec.Seed);
            if (spec.Lora is not null)
                foreach (var (name, parameter) in model.named_parameters())
                    parameter.requires_grad = LoraPair.IsName(name);
            ParameterChoice.Freeze([.. model.named_parameters()], spec.Optimizer);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Where a process of a run computes.</summary>
    /// <param name="rank">Of the process: several GPUs are shared out by it.</param>
    public static Device Place(ContrastiveTrainingSpec spec, int rank) =>
        spec.Device is { } name ? device(name) : cuda.is_available() ? device(DeviceType.CUDA, rank % cuda.device_count()) : CPU;

    /// <summary>A plain Hugging Face folder says nothing about pooling.</summary>
    static SentenceModel Plain(ContrastiveTrainingSpec spec, SentenceTransformersFolder folder, ModelOptions options)
    {
        var model = new SentenceModel(Architectures.Load(folder.Path, options), spec.Pooling ?? PoolingMode.Mean, spec.IncludePrompt ?? true, normalize: false);
        model.eval();
        return model;
    }

    static SentenceModel WithModules(ContrastiveTrainingSpec spec, SentenceTransformersFolder folder, ModelOptions options)
    {
        var pooling = folder.Pooling();
        if (spec.Pooling is { } mode && mode != SequencePooling.Parse(pooling.Mode))
            throw new InvalidDataException($"Pooling is {mode}; {folder.Path} has modules of its own, which pool by {pooling.Mode}.");
        if (spec.IncludePrompt is { } include && include != pooling.IncludePrompt)
            throw new InvalidDataException($"IncludePrompt is {include}; the modules of {folder.Path} say {pooling.IncludePrompt}.");
        return SentenceModel.Load(folder, options);
    }

    /// <summary>Writes the model; with adapters merged and beside it, or the adapters alone, as the spec says.</summary>
    /// <param name="target">The folder to create or fill.</param>
    public static void Save(ContrastiveTrainingSpec spec, SentenceModel model, SentenceTransformersFolder folder, string target)
    {
        if (spec.Lora is { } lora)
        {
            var config = (lora.From is null ? Config(lora) : LoraConfigFile.Read(Path.Combine(lora.From, LoraConfigFile.Name))) with { BaseModel = folder.Path };
            LoraAdapter.Save(model.Transformer, config, lora.Merge ? Path.Combine(target, "adapter") : target);
            if (!lora.Merge)
                return;
            LoraAdapter.Merge(model.Transformer);
        }
        ModelExport.Write(model, ExportSource.Of(folder), target, new ExportOptions { Prompts = spec.Prompts });
    }

    static void Create(SentenceModel model, LoraSettings lora, int seed)
    {
        try
        {
            LoraAdapter.Create(model.Transformer, Config(lora), (long)new SeededDraw(seed, model.Dimension).Next(), model.Transformer.Device);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"Lora.Targets: {error.Message}", error);
        }
    }

    static LoraConfig Config(LoraSettings lora) => new()
    {
        Rank = lora.Rank,
        Alpha = lora.Alpha,
        Dropout = lora.Dropout,
        RankStabilized = lora.RankStabilized,
        Targets = lora.Targets is { } names ? LoraTargets.Of([.. names]) : LoraTargets.All,
    };
}
