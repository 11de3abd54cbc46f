using System.Text.Json;
using ReasonIR.Models.Lora;

namespace ReasonIR.Models.SentenceTransformers;

/// <summary>One entry of modules.json.</summary>
/// <param name="Kind">Last part of the Python type's name: <c>Transformer</c>, <c>Pooling</c>, <c>Dense</c>, <c>Normalize</c>, <c>StaticEmbedding</c>.</param>
/// <param name="Folder">Full path of the module's folder (the model's own for an empty path).</param>
public sealed record SentenceModule(string Kind, string Folder);

/// <summary>1_Pooling/config.json, in both of its forms (one boolean a mode; <c>pooling_mode</c> since version 6).</summary>
/// <param name="Mode"><c>mean</c>, <c>cls</c>, <c>max</c>, <c>lasttoken</c>, <c>weightedmean</c>, <c>mean_sqrt_len_tokens</c>.</param>
/// <param name="IncludePrompt">Whether the prompt's tokens count in the mean.</param>
public sealed record PoolingConfig(string Mode, bool IncludePrompt);

/// <summary>2_Dense/config.json; its weights lie beside it in model.safetensors as <c>linear.weight</c> [out, in], <c>linear.bias</c>.</summary>
/// <param name="Activation">Last part of the Python type's name: <c>Tanh</c>, <c>Identity</c>, ...</param>
public sealed record DenseConfig(int InFeatures, int OutFeatures, bool Bias, string Activation);

/// <summary>
/// The layout that sentence-transformers stores a model in, versions 2 to 6: modules.json names the modules in order,
/// config_sentence_transformers.json the prompts. A plain Hugging Face folder has no modules.json: <see cref="Modules"/> is then empty.
/// </summary>
public sealed record SentenceTransformersFolder(string Path, IReadOnlyList<SentenceModule> Modules, PromptSet Prompts, int? MaxTokens)
{
    /// <summary>Where config.json, the weights and usually the tokenizer are: the transformer's folder, or its base's where it holds an adapter alone.</summary>
    public required string Body { get; init; }

    /// <summary>The PEFT folder of an adapter beside the weights, or null.</summary>
    public string? Adapter { get; init; }

    /// <exception cref="InvalidDataException">A file is not what its name says; the message names file and field.</exception>
    public static SentenceTransformersFolder Open(string path)
    {
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"{path}: there is no such model folder.");
        path = FullPath(path);
        var modules = ReadModules(path);
        var body = modules.Find(m => m.Kind == "Transformer")?.Folder ?? path;
        if (!AdapterFolder.Is(body))
            return new(path, modules, ReadPrompts(path), ReadMaxTokens(path)) { Body = body };
        // Without modules of its own an adapter is served as its base is.
        return modules.Count == 0
            ? Open(AdapterFolder.BaseOf(body)) with { Adapter = body }
            : new(path, modules, ReadPrompts(path), ReadMaxTokens(path)) { Body = AdapterFolder.BaseOf(body), Adapter = body };
    }

    /// <summary>The first module of the kind, or null.</summary>
    public SentenceModule? Find(string kind) => Modules.FirstOrDefault(m => m.Kind == kind);

    /// <summary>Pooling of the folder; the mean, prompt included, where it names none (as sentence-transformers does for a plain folder).</summary>
    public PoolingConfig Pooling()
    {
        if (Find("Pooling") is not { } module)
            return new("mean", true);
        using var file = JsonFile.Open(System.IO.Path.Combine(module.Folder, "config.json"));
        var includePrompt = file.Boolean("include_prompt") ?? true;
        if (file.Text("pooling_mode") is { } mode)
            return new(mode, includePrompt);
        string[] names = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"];
        var chosen = names.Where(name => file.Boolean($"pooling_mode_{name}") == true).ToList();
        return chosen.Count == 1
            ? new(chosen[0] switch { "mean_sqrt_len_tokens" => chosen[0], var name => name.Replace("_tokens", "").Replace("_token", "") }, includePrompt)
            : throw file.Bad("pooling_mode_*", $"exactly one true was expected, {chosen.Count} are");
    }

    /// <summary>The Dense modules in order.</summary>
    public IEnumerable<(DenseConfig Config, string WeightsPath)> Dense()
    {
        foreach (var module in Modules.Where(m => m.Kind == "Dense"))
        {
            using var file = JsonFile.Open(System.IO.Path.Combine(module.Folder, "config.json"));
            var config = new DenseConfig(file.RequiredInteger("in_features"), file.RequiredInteger("out_features"), file.Boolean("bias") ?? true,
                LastPart(file.Text("activation_function") ?? "torch.nn.modules.activation.Tanh"));
            yield return (config, System.IO.Path.Combine(module.Folder, "model.safetensors"));
        }
    }

    static List<SentenceModule> ReadModules(string path)
    {
        var file = System.IO.Path.Combine(path, "modules.json");
        var modules = new List<SentenceModule>();
        if (!File.Exists(file))
            return modules;
        using var json = JsonFile.Open(file);
        if (json.Root.ValueKind != JsonValueKind.Array)
            throw json.Bad("the whole", "an array of modules was expected");
        foreach (var (index, entry) in json.Root.EnumerateArray().Index())
        {
            if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
                throw json.Bad($"[{index}].type", "the name of a type was expected");
            var relative = entry.TryGetProperty("path", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
            var folder = FullPath(System.IO.Path.Combine(path, relative));
            if (folder != path && !folder.StartsWith(path + "/", StringComparison.Ordinal))
                throw json.Bad($"[{index}].path", $"'{relative}' leads out of the model's folder");
            modules.Add(new(LastPart(type.GetString()!), folder));
        }
        return modules;
    }

    static PromptSet ReadPrompts(string path)
    {
        var file = System.IO.Path.Combine(path, "config_sentence_transformers.json");
        if (!File.Exists(file))
            return PromptSet.None;
        using var json = JsonFile.Open(file);
        var prompts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (json.Root.TryGetProperty("prompts", out var entries) && entries.ValueKind == JsonValueKind.Object)
            foreach (var entry in entries.EnumerateObject())
                prompts[entry.Name] = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : throw json.Bad($"prompts.{entry.Name}", "a string was expected");
        return new(prompts, json.Text("default_prompt_name"));
    }

    /// <summary>sentence_bert_config.json's max_seq_length, else tokenizer_config.json's model_max_length (version 6 keeps it there).</summary>
    static int? ReadMaxTokens(string path)
    {
        foreach (var (name, field) in new[] { ("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length") })
        {
            var file = System.IO.Path.Combine(path, name);
            if (!File.Exists(file))
                continue;
            using var json = JsonFile.Open(file);
            // transformers writes 1e30 for "no limit".
            if (json.Number(field) is { } limit)
                return limit is >= 1 and < int.MaxValue ? (int)limit : limit < 1 ? throw json.Bad(field, "a length from 1 on was expected") : null;
        }
        return null;
    }

    static string FullPath(string path) => System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    static string LastPart(string typeName) => typeName[(typeName.LastIndexOf('.') + 1)..];
}
