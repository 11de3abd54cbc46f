using System.Text.Json;
using System.Text.RegularExpressions;
using ReasonIR.Models;
using ReasonIR.ServiceDefaults.Hub;

namespace ReasonIR.Encoder.Pulling;

/// <summary>Which files of a model's repository are needed to open it: an allow-list, so that weights in other formats and code stay where they are.</summary>
public static partial class ModelFiles
{
    const string Index = "model.safetensors.index.json", Single = "model.safetensors", AdapterWeights = "adapter_model.safetensors";

    const int MaxSettingsBytes = 16 << 20;

    /// <summary>Of the folder itself and of each module's.</summary>
    static readonly HashSet<string> Settings = new(StringComparer.Ordinal)
    {
        "config.json", "modules.json", "config_sentence_transformers.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "adapter_config.json", "generation_config.json",
    };

    [GeneratedRegex("^sentence_[a-z0-9]+_config\\.json$")]
    private static partial Regex SentenceConfig();

    /// <summary>Beside the model: what its users must know.</summary>
    [GeneratedRegex("^(README|LICENSE|LICENCE|NOTICE|COPYING)([._-][A-Za-z0-9._-]*)?$", RegexOptions.IgnoreCase)]
    private static partial Regex Papers();

    /// <summary>Formats that run code when they are opened, or that other programs read.</summary>
    [GeneratedRegex(@"\.(bin|pt|pth|pkl|pickle|ckpt|joblib|npy|npz|h5|msgpack|onnx|gguf|ot)$", RegexOptions.IgnoreCase)]
    private static partial Regex OtherWeights();

    /// <summary>The files to download; modules.json and the shards' index are read to know them.</summary>
    /// <exception cref="HubException">The weights are there in another format than safetensors only; the message names the file.</exception>
    /// <exception cref="InvalidDataException">It is no model's repository, or a file of it is broken.</exception>
    public static async Task<IReadOnlyList<HubFile>> SelectAsync(HubClient hub, HubListing listing, CancellationToken cancellation = default)
    {
        var modules = await ModulesAsync(hub, listing, cancellation);
        // Weights are wanted of the folder itself, or of the first module where that lies in one of its own; and of Dense modules.
        var folders = modules.Select(module => module.Folder).Prepend("").Distinct(StringComparer.Ordinal).ToList();
        var files = listing.Files.Where(file => folders.Contains(Folder(file)) && (Settings.Contains(Name(file)) || SentenceConfig().IsMatch(Name(file)))
            || Folder(file).Length == 0 && Papers().IsMatch(Name(file))).ToList();
        if (files.TrueForAll(file => Name(file) is not ("config.json" or "modules.json" or "adapter_config.json")))
            throw new InvalidDataException($"{listing.Reference}: there is no config.json, modules.json or adapter_config.json; this is no repository of a model.");
        var first = modules.FirstOrDefault(module => module.Kind is "Transformer" or "StaticEmbedding");
        var body = first?.Folder ?? "";
        if (first?.Kind != "StaticEmbedding")
            await CheckTypeAsync(hub, listing, body, cancellation);
        foreach (var folder in modules.Where(module => module.Kind == "Dense").Select(module => module.Folder).Prepend(body).Distinct(StringComparer.Ordinal))
            files.AddRange(await WeightsAsync(hub, listing, folder, cancellation));
        return [.. files.DistinctBy(file => file.Path).OrderBy(file => file.Bytes ?? 0)];
    }

    /// <summary>Before gigabytes come for nothing: the type of the model must be one that can be opened.</summary>
    static async Task CheckTypeAsync(HubClient hub, HubListing listing, string folder, CancellationToken cancellation)
    {
        if (listing.Find(folder.Length == 0 ? "config.json" : $"{folder}/config.json") is not { } file)
            return; // an adapter; its base is checked by itself
        using var json = await JsonAsync(hub, listing, file, cancellation);
        var type = Text(json.RootElement, "model_type") ?? throw new InvalidDataException($"{listing.Reference}: {file.Path}: model_type: is missing.");
        ModelTypes.Require(type, $"{listing.Reference}");
    }

    static async Task<IReadOnlyList<HubFile>> WeightsAsync(HubClient hub, HubListing listing, string folder, CancellationToken cancellation)
    {
        HubFile? At(string name) => listing.Find(folder.Length == 0 ? name : $"{folder}/{name}");
        if (At(Single) is { } single)
            return [single];
        if (At(Index) is { } index)
        {
            using var json = await JsonAsync(hub, listing, index, cancellation);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException($"{listing.Reference}: {index.Path}: weight_map: an object of tensor names and files was expected.");
            var names = map.EnumerateObject().Select(entry => entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "").Distinct(StringComparer.Ordinal).ToList();
            return [index, .. names.Select(name => name.EndsWith(".safetensors", StringComparison.Ordinal) && At(name) is { } shard ? shard
                : throw new InvalidDataException($"{listing.Reference}: {index.Path}: weight_map names '{name}', which is no safetensors file beside it."))];
        }
        if (At(AdapterWeights) is { } adapter)
            return [adapter];
        throw listing.Files.FirstOrDefault(file => Folder(file) == folder && OtherWeights().IsMatch(file.Path)) is { } other
            ? new HubException($"{listing.Reference}: the weights are there as {other.Path} only. Files of this kind are refused: pickles run code when they are opened, other formats are not read. Ask for a revision with {Single}.")
            : new InvalidDataException($"{listing.Reference}: {(folder.Length == 0 ? "" : folder + "/")}{Single} is not there.");
    }

    static async Task<IReadOnlyList<Module>> ModulesAsync(HubClient hub, HubListing listing, CancellationToken cancellation)
    {
        if (listing.Find("modules.json") is not { } file)
            return [];
        using var json = await JsonAsync(hub, listing, file, cancellation);
        if (json.RootElement.ValueKind != JsonValueKind.Array)
            throw new InvalidDataException($"{listing.Reference}: {file.Path}: an array of modules was expected.");
        return [.. json.RootElement.EnumerateArray().Select(entry =>
        {
            var (type, folder) = (Text(entry, "type") ?? "", (Text(entry, "path") ?? "").Trim('/'));
            return new Module(type[(type.LastIndexOf('.') + 1)..], folder == "." ? "" : folder);
        })];
    }

    static async Task<JsonDocument> JsonAsync(HubClient hub, HubListing listing, HubFile file, CancellationToken cancellation)
    {
        try
        {
            return JsonDocument.Parse(await hub.ReadAsync(listing, file, MaxSettingsBytes, cancellation));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{listing.Reference}: {file.Path}: line {e.LineNumber + 1}: not valid JSON: {e.Message}", e);
        }
    }

    static string? Text(JsonElement json, string field) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static string Folder(HubFile file) => file.Path.LastIndexOf('/') is >= 0 and var slash ? file.Path[..slash] : "";

    static string Name(HubFile file) => file.Path[(file.Path.LastIndexOf('/') + 1)..];

    sealed record Module(string Kind, string Folder);
}
