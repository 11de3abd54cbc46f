using System.Text.Json;
using ReasonIR.Models.Lora;

namespace ReasonIR.Models.SentenceTransformers;

/// <summary>One entry of modules.json.</summary>
/// <param name="Kind">Last part of the Python type's name: <c>Transformer</c>, <c>Pooling</c>, <c>Dense</c>, <c>Normalize</c>, <c>StaticEmbedding</c>; the whole name of a type that is not sentence-transformers' own.</param>
/// <param name="Folder">Full path of the module's folder (the model's own for an empty path).</param>
public sealed record SentenceModule(string Kind, string Folder);

/// <summary>How two vectors of a model are to be compared (<c>similarity_fn_name</c>).</summary>
public enum SimilarityFunction { Cosine, Dot, Euclidean, Manhattan }

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

    public const string EncoderKind = "SentenceTransformer";

    /// <summary>What sentence-transformers calls the model: <c>SentenceTransformer</c>, <c>CrossEncoder</c>, <c>SparseEncoder</c>, ...</summary>
    public string Kind { get; init; } = EncoderKind;

    /// <summary>How vectors are to be compared; cosine where the folder does not say.</summary>
    public SimilarityFunction Similarity { get; init; }

    /// <summary>Vectors are cut to so many elements (<c>truncate_dim</c>) after all modules; null: they are not.</summary>
    public int? TruncateDimension { get; init; }

    /// <summary>Settings beside the transformer.</summary>
    public TransformerSettings Settings { get; init; } = new(null, false, null);

    /// <exception cref="InvalidDataException">A file is not what its name says; the message names file and field.</exception>
    /// <exception cref="NotSupportedException">A file has a setting that is not implemented; the message names it.</exception>
    public static SentenceTransformersFolder Open(string path, string task = "feature-extraction")
    {
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"{path}: there is no such model folder.");
        path = FullPath(path);
        var modules = ReadModules(path);
        var body = modules.Find(m => m.Kind == "Transformer")?.Folder ?? path;
        var settings = TransformerSettings.Read(body, task);
        var own = ReadConfig(path) with { Modules = modules, MaxTokens = settings.MaxTokens, Body = body, Settings = settings };
        if (!AdapterFolder.Is(body))
            return own;
        // Without modules of its own an adapter is served as its base is.
        return modules.Count == 0 ? Open(AdapterFolder.BaseOf(body), task) with { Adapter = body } : own with { Body = AdapterFolder.BaseOf(body), Adapter = body };
    }

    /// <summary>The first module of the kind, or null.</summary>
    public SentenceModule? Find(string kind) => Modules.FirstOrDefault(m => m.Kind == kind);

    /// <summary>Pooling of the folder; the mean, prompt included, where it names none (as sentence-transformers does for a plain folder).</summary>
    public PoolingConfig Pooling() => Find("Pooling") is { } module ? PoolingConfig.Read(System.IO.Path.Combine(module.Folder, "config.json")) : PoolingConfig.Standard;

    /// <summary>The Dense modules in order.</summary>
    public IEnumerable<(DenseConfig Config, string WeightsPath)> Dense() => Modules.Where(m => m.Kind == "Dense").Select(Dense);

    /// <summary>One Dense module.</summary>
    public static (DenseConfig Config, string WeightsPath) Dense(SentenceModule module) =>
        (DenseConfig.Read(System.IO.Path.Combine(module.Folder, "config.json")), System.IO.Path.Combine(module.Folder, "model.safetensors"));

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
            var folder = relative.Contains('\0', StringComparison.Ordinal) ? "" : FullPath(System.IO.Path.Combine(path, relative));
            if (folder != path && !folder.StartsWith(path + "/", StringComparison.Ordinal))
                throw json.Bad($"[{index}].path", $"'{relative}' leads out of the model's folder");
            modules.Add(new(KindOf(type.GetString()!), folder));
        }
        return modules;
    }

    /// <summary>What config_sentence_transformers.json says.</summary>
    static SentenceTransformersFolder ReadConfig(string path)
    {
        var plain = new SentenceTransformersFolder(path, [], PromptSet.None, null) { Body = path };
        var file = System.IO.Path.Combine(path, "config_sentence_transformers.json");
        if (!File.Exists(file))
            return plain;
        using var json = JsonFile.Open(file);
        return plain with
        {
            Kind = json.Text("model_type") ?? EncoderKind,
            Prompts = ReadPrompts(json),
            TruncateDimension = json.Integer("truncate_dim") is { } cut ? cut >= 1 ? cut : throw json.Bad("truncate_dim", "a width from 1 on was expected") : null,
            Similarity = json.Text("similarity_fn_name") switch
            {
                null or "cosine" => SimilarityFunction.Cosine,
                "dot" or "dot_score" => SimilarityFunction.Dot,
                "euclidean" => SimilarityFunction.Euclidean,
                "manhattan" => SimilarityFunction.Manhattan,
                var other => throw new NotSupportedException($"{file}: similarity_fn_name '{other}' is not supported; cosine, dot, euclidean and manhattan are."),
            },
        };
    }

    static PromptSet ReadPrompts(JsonFile json)
    {
        var prompts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (json.Element("prompts") is { } entries)
        {
            if (entries.ValueKind != JsonValueKind.Object)
                throw json.Bad("prompts", "an object of names and texts was expected");
            foreach (var entry in entries.EnumerateObject())
                prompts[entry.Name] = entry.Value.ValueKind switch
                {
                    JsonValueKind.String => entry.Value.GetString()!,
                    JsonValueKind.Null => "",
                    _ => throw json.Bad($"prompts.{entry.Name}", "a string was expected"),
                };
        }
        var standard = json.Text("default_prompt_name");
        return standard is null || prompts.ContainsKey(standard) ? new(prompts, standard) : throw json.Bad("default_prompt_name", $"there is no prompt '{standard}'");
    }

    static string FullPath(string path) => System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    /// <summary>A type of another package may compute anything: it keeps its whole name, which nothing here answers to.</summary>
    static string KindOf(string type) => type.StartsWith("sentence_transformers.", StringComparison.Ordinal) ? type[(type.LastIndexOf('.') + 1)..] : type;
}
