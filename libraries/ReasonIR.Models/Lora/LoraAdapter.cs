using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using static TorchSharp.torch;

namespace ReasonIR.Models.Lora;

/// <summary>
/// Low-rank adapters of a whole model (Hu et al. 2021), read from and written to PEFT folders: adapter_config.json and
/// adapter_model.safetensors with <c>base_model.model.NAME.lora_A.weight</c> [rank, in] and <c>.lora_B.weight</c> [out, rank].
/// </summary>
public static class LoraAdapter
{
    public const string Weights = "adapter_model.safetensors";

    /// <summary>What PEFT puts before the names of the model it wraps.</summary>
    const string Prefix = "base_model.model.";

    /// <summary>What a model with a head has before the names of its body.</summary>
    const string BodyPrefix = "model.";

    /// <summary>Heads: not part of a body that encodes.</summary>
    static readonly string[] Heads = ["lm_head", "score", "classifier"];

    /// <summary>Puts the adapter of a PEFT folder beside the model's weights.</summary>
    /// <exception cref="InvalidDataException">A file is broken, or does not fit the model; the message names the tensor.</exception>
    /// <exception cref="NotSupportedException">The adapter has a variation that is not implemented.</exception>
    public static LoraConfig Load(TransformerModel model, string folder, Device? device = null)
    {
        var config = LoraConfigFile.Read(Path.Combine(folder, LoraConfigFile.Name));
        if (config.SavedModules.FirstOrDefault(m => !Heads.Contains(m)) is { } saved)
            throw new NotSupportedException($"{folder}: modules_to_save '{saved}' is not supported: the adapter replaces a module of the base model.");
        var path = Path.Combine(folder, Weights);
        if (!File.Exists(path))
            throw new InvalidDataException($"{folder}: {Weights} is not there; adapters in another format are not read.");
        using var file = SafetensorsFile.Open(path);
        var rest = file.Tensors.Keys.Where(n => !IsHead(n)).ToHashSet(StringComparer.Ordinal);
        var wrapped = rest.Any(n => n.StartsWith(Prefix + BodyPrefix, StringComparison.Ordinal)) ? BodyPrefix : "";
        var targets = Targets(model, config, wrapped);
        if (targets.Count == 0)
            throw new InvalidDataException($"{folder}/{LoraConfigFile.Name}: target_modules: no linear map of the model has such a name.");
        foreach (var (name, module) in targets)
        {
            var key = Prefix + wrapped + name;
            var (a, b) = ($"{key}.lora_A.weight", $"{key}.lora_B.weight");
            if (!rest.Remove(a) | !rest.Remove(b))
                throw new InvalidDataException($"{path}: tensor '{(file.Tensors.ContainsKey(a) ? b : a)}' is missing: target_modules covers '{wrapped + name}'.");
            var rank = config.RankOf(wrapped + name);
            file.Get(a, rank, module.weight.shape[1]);
            file.Get(b, module.weight.shape[0], rank);
            var pair = new LoraPair(module.weight.shape[1], module.weight.shape[0], rank, config.ScaleOf(wrapped + name), config.Dropout, device);
            TorchTensors.Load(file, a, pair.A.weight);
            TorchTensors.Load(file, b, pair.B.weight);
            module.Attach(pair);
        }
        return rest.Order(StringComparer.Ordinal).FirstOrDefault() is { } surplus
            ? throw new InvalidDataException($"{path}: tensor '{surplus}' belongs to no linear map of the model that target_modules covers.")
            : config;
    }

    /// <summary>
    /// Puts a new adapter beside the model's weights, to be trained: A uniform as PEFT draws it, B zero, so that nothing changes at first.
    /// All other parameters are frozen. The default generator is left as it was.
    /// </summary>
    /// <exception cref="ArgumentException">No linear map of the model is meant by the targets.</exception>
    public static void Create(TransformerModel model, LoraConfig config, long seed, Device? device = null)
    {
        var targets = Targets(model, config, "");
        if (targets.Count == 0)
            throw new ArgumentException($"No linear map of the model is meant; it has: {string.Join(", ", model.LinearModules().Select(m => m.Name[(m.Name.LastIndexOf('.') + 1)..]).Distinct())}.", nameof(config));
        foreach (var parameter in model.parameters())
            parameter.requires_grad = false;
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var before = get_rng_state();
        try
        {
            manual_seed(seed);
            foreach (var (name, module) in targets)
            {
                long inputs = module.weight.shape[1], outputs = module.weight.shape[0];
                var pair = new LoraPair(inputs, outputs, config.RankOf(name), config.ScaleOf(name), config.Dropout, device);
                // Kaiming's uniform with slope sqrt(5), as nn.Linear has it: bound 1 / sqrt(in).
                var bound = 1 / Math.Sqrt(inputs);
                pair.A.weight.copy_(rand(pair.A.weight.shape) * (2 * bound) - bound);
                pair.B.weight.zero_();
                module.Attach(pair);
            }
        }
        finally
        {
            set_rng_state(before);
        }
    }

    /// <summary>Adds every adapter's product to its weight.</summary>
    public static void Merge(TransformerModel model)
    {
        foreach (var (_, module) in model.LinearModules())
            module.Merge();
    }

    /// <summary>Writes the model's adapter as a folder that PEFT loads.</summary>
    public static void Save(TransformerModel model, LoraConfig config, string folder)
    {
        var pairs = model.LinearModules().Where(m => m.Module.Adapter is not null).ToList();
        if (pairs.Count == 0)
            throw new ArgumentException("The model has no adapter.", nameof(model));
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Save(Path.Combine(folder, Weights), pairs.SelectMany(m => new[]
        {
            TorchTensors.ToWrite($"{Prefix}{m.Name}.lora_A.weight", m.Module.Adapter!.A.weight),
            TorchTensors.ToWrite($"{Prefix}{m.Name}.lora_B.weight", m.Module.Adapter!.B.weight),
        }), new Dictionary<string, string> { ["format"] = "pt" });
        LoraConfigFile.Save(config, folder);
    }

    static List<(string Name, Dense Module)> Targets(TransformerModel model, LoraConfig config, string wrapped) =>
        [.. model.LinearModules().Where(m => config.Targets.Contains(wrapped + m.Name))];

    static bool IsHead(string tensor) => Heads.Any(head => tensor.StartsWith($"{Prefix}{head}.", StringComparison.Ordinal));
}
