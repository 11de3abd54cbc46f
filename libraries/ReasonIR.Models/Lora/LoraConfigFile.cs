using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Lora;

/// <summary>adapter_config.json of PEFT. What is not known here is refused by name unless it says nothing.</summary>
public static class LoraConfigFile
{
    public const string Name = "adapter_config.json";

    const int MaxRank = 1 << 16;

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Fields that are read, and those that do not change what is computed.</summary>
    static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "peft_type", "r", "lora_alpha", "lora_dropout", "use_rslora", "target_modules", "exclude_modules", "rank_pattern", "alpha_pattern", "layers_to_transform",
        "layers_pattern", "modules_to_save", "base_model_name_or_path", "bias", "init_lora_weights",
        "auto_mapping", "ensure_weight_tying", "inference_mode", "megatron_core", "peft_version", "revision", "task_type", "loftq_config", "eva_config", "qalora_group_size",
        // Of use to GPT-2's transposed maps alone; PEFT switches it off for every linear map.
        "fan_in_fan_out", "runtime_config", "low_cpu_mem_usage",
    };

    /// <summary>Beginnings that leave the base model's weights as they are; others (pissa, olora, loftq, ...) change them.</summary>
    static readonly string[] HarmlessBeginnings = ["gaussian", "eva", "orthogonal"];

    /// <exception cref="InvalidDataException">A field is missing or impossible.</exception>
    /// <exception cref="NotSupportedException">The adapter is of another kind or has a variation that is not implemented; the message names it.</exception>
    public static LoraConfig Read(string path)
    {
        using var json = JsonFile.Open(path);
        if (json.Text("peft_type") is var type && type != "LORA")
            throw new NotSupportedException($"{path}: peft_type '{type}' is not supported; LORA is.");
        Refuse(json);
        var rank = json.RequiredInteger("r");
        if (rank is < 1 or > MaxRank)
            throw json.Bad("r", $"{rank} is out of range; 1 to {MaxRank} was expected");
        return new()
        {
            Rank = rank,
            Alpha = json.Number("lora_alpha") ?? throw json.Bad("lora_alpha", "is missing"),
            Dropout = json.Share("lora_dropout", 0),
            RankStabilized = json.Boolean("use_rslora") ?? false,
            Targets = Targets(json),
            RankPattern = Pattern(json, "rank_pattern", value => value is >= 1 and <= MaxRank && value == Math.Floor(value)),
            AlphaPattern = Pattern(json, "alpha_pattern", double.IsFinite),
            SavedModules = Texts(json, "modules_to_save"),
            BaseModel = json.Text("base_model_name_or_path"),
        };
    }

    /// <summary>The file's content as PEFT writes it.</summary>
    public static JsonObject Write(LoraConfig config)
    {
        static JsonNode Number(double value) => value == Math.Floor(value) ? (long)value : value;
        static JsonObject Numbers(IEnumerable<KeyValuePair<string, double>> pattern) => new(pattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)Number(p.Value))));
        static JsonNode? List(IEnumerable<JsonNode?> items) => items.ToArray() is { Length: > 0 } array ? new JsonArray(array) : null;
        static JsonNode? Names(string? pattern, IEnumerable<string> names) => pattern ?? List(names.Select(n => (JsonNode?)n));
        return new()
        {
            ["alpha_pattern"] = Numbers(config.AlphaPattern),
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = config.BaseModel,
            ["bias"] = "none",
            ["exclude_modules"] = Names(config.Targets.ExcludedPattern, config.Targets.Excluded),
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["layers_pattern"] = List(config.Targets.LayersPattern.Select(p => (JsonNode?)p)),
            ["layers_to_transform"] = List((config.Targets.Layers ?? []).Select(n => (JsonNode?)n)),
            ["lora_alpha"] = Number(config.Alpha),
            ["lora_dropout"] = config.Dropout,
            ["modules_to_save"] = null,
            ["peft_type"] = "LORA",
            ["r"] = config.Rank,
            ["rank_pattern"] = Numbers(config.RankPattern),
            ["revision"] = null,
            ["target_modules"] = Names(config.Targets.Pattern, config.Targets.Names),
            ["task_type"] = "FEATURE_EXTRACTION",
            ["use_dora"] = false,
            ["use_rslora"] = config.RankStabilized,
        };
    }

    public static void Save(LoraConfig config, string folder) => File.WriteAllText(Path.Combine(folder, Name), Write(config).ToJsonString(Indented) + "\n");

    static void Refuse(JsonFile json)
    {
        if (json.Text("bias") is { } bias and not "none")
            throw new NotSupportedException($"{json.Path}: bias '{bias}' is not supported: the adapter brings biases of the base model along; 'none' is.");
        if (json.Element("init_lora_weights") is { ValueKind: JsonValueKind.String } start && !HarmlessBeginnings.Contains(start.GetString()))
            throw new NotSupportedException($"{json.Path}: init_lora_weights '{start.GetString()}' is not supported: it changes the base model's weights; save the adapter converted to plain LoRA.");
        foreach (var field in json.Root.EnumerateObject())
            if (!Known.Contains(field.Name) && SaysSomething(field.Value))
                throw new NotSupportedException($"{json.Path}: {field.Name} {Shortened(field.Value.GetRawText())} is not supported.");
    }

    static bool SaysSomething(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        _ => true,
    };

    static string Shortened(string text) => text.Length > 100 ? text[..100] + "…" : text;

    static LoraTargets Targets(JsonFile json)
    {
        if (json.Element("target_modules") is null)
            throw json.Bad("target_modules", "is missing: a list of names, a pattern or \"all-linear\" was expected");
        var (names, pattern) = NamesOrPattern(json, "target_modules");
        var (excluded, excludedPattern) = NamesOrPattern(json, "exclude_modules");
        return new()
        {
            Names = names,
            Pattern = pattern,
            Excluded = excluded,
            ExcludedPattern = excludedPattern,
            Layers = Layers(json),
            LayersPattern = json.Element("layers_pattern") is { ValueKind: JsonValueKind.String } one ? [one.GetString()!] : Texts(json, "layers_pattern"),
        };
    }

    static (IReadOnlyList<string> Names, string? Pattern) NamesOrPattern(JsonFile json, string field) =>
        json.Element(field) is { ValueKind: JsonValueKind.String } text ? ([], text.GetString()!) : (Texts(json, field), null);

    static IReadOnlyList<int>? Layers(JsonFile json) => json.Element("layers_to_transform") switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } => [json.Integer("layers_to_transform")!.Value],
        { ValueKind: JsonValueKind.Array } list => list.GetArrayLength() == 0 ? null
            : [.. list.EnumerateArray().Select(n => n.ValueKind == JsonValueKind.Number && n.TryGetInt32(out var layer) ? layer : throw json.Bad("layers_to_transform", "whole numbers were expected"))],
        _ => throw json.Bad("layers_to_transform", "a number or a list of numbers was expected"),
    };

    static IReadOnlyList<string> Texts(JsonFile json, string field) => json.Element(field) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.String ? e.GetString()! : throw json.Bad(field, "a list of strings was expected"))],
        _ => throw json.Bad(field, "a list of strings was expected"),
    };

    static IReadOnlyList<KeyValuePair<string, double>> Pattern(JsonFile json, string field, Func<double, bool> isPossible) => json.Element(field) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Object } entries =>
            [.. entries.EnumerateObject().Select(e => KeyValuePair.Create(e.Name,
                e.Value.ValueKind == JsonValueKind.Number && isPossible(e.Value.GetDouble()) ? e.Value.GetDouble() : throw json.Bad($"{field}.{e.Name}", $"{e.Value.GetRawText()} is out of range")))],
        _ => throw json.Bad(field, "an object of patterns and numbers was expected"),
    };
}
