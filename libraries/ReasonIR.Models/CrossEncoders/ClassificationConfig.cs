using System.Globalization;
using System.Text.Json;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.CrossEncoders;

/// <summary>What config.json of a sequence classifier says about its outputs.</summary>
/// <param name="Labels">Names of the outputs in order (<c>id2label</c>).</param>
/// <param name="Activation">What makes scores of logits, as sentence-transformers' CrossEncoder decides.</param>
public sealed record ClassificationConfig(IReadOnlyList<string> Labels, Activation Activation)
{
    const int MaxLabels = 1 << 16;

    /// <summary>transformers' default where config.json names no labels.</summary>
    const int StandardLabels = 2;

    /// <param name="folder">The model's folder: config_sentence_transformers.json may name the activation.</param>
    /// <param name="body">Where config.json is.</param>
    /// <exception cref="NotSupportedException">The folder holds another kind of model, or an activation that is not known; the message names it.</exception>
    public static ClassificationConfig Read(string folder, string body)
    {
        using var json = JsonFile.Open(Path.Combine(body, "config.json"));
        if (json.Element("architectures") is { ValueKind: JsonValueKind.Array } classes && classes.GetArrayLength() > 0
            && classes.EnumerateArray().All(c => c.GetString()?.EndsWith("ForSequenceClassification", StringComparison.Ordinal) != true))
            throw new NotSupportedException($"{json.Path}: architectures '{classes[0].GetString()}' is not supported as a cross-encoder; a class that ends with ForSequenceClassification is.");
        var labels = ReadLabels(json);
        return new(labels, ReadActivation(folder, json) ?? (labels.Count == 1 ? Activation.Sigmoid : Activation.Identity));
    }

    static IReadOnlyList<string> ReadLabels(JsonFile json)
    {
        if (json.Element("id2label") is not { } map)
            return [.. Enumerable.Range(0, json.Integer("num_labels") is { } n ? n is >= 1 and <= MaxLabels ? n : throw json.Bad("num_labels", $"1 to {MaxLabels} was expected") : StandardLabels).Select(i => $"LABEL_{i}")];
        if (map.ValueKind != JsonValueKind.Object)
            throw json.Bad("id2label", "an object of numbers and names was expected");
        var names = new SortedDictionary<int, string>();
        foreach (var entry in map.EnumerateObject())
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || entry.Value.ValueKind != JsonValueKind.String || !names.TryAdd(id, entry.Value.GetString()!))
                throw json.Bad($"id2label.{entry.Name}", "a number from 0 on and a name were expected");
        return names.Count >= 1 && names.Keys.Last() == names.Count - 1
            ? [.. names.Values]
            : throw json.Bad("id2label", $"numbers from 0 on without a gap were expected, {names.Count} are there");
    }

    /// <summary>The first of: config_sentence_transformers.json (version 5 on), <c>sentence_transformers.activation_fn</c> (version 4), the field of older versions.</summary>
    static Activation? ReadActivation(string folder, JsonFile config)
    {
        var path = Path.Combine(folder, "config_sentence_transformers.json");
        if (File.Exists(path))
        {
            using var json = JsonFile.Open(path);
            json.Absent("default_prompt_name");
            if (json.Text("activation_fn") is { } name)
                return Activation.Parse(name, $"{path}: activation_fn");
        }
        if (config.Element("sentence_transformers") is { ValueKind: JsonValueKind.Object } settings
            && settings.TryGetProperty("activation_fn", out var value) && value.ValueKind == JsonValueKind.String)
            return Activation.Parse(value.GetString()!, $"{config.Path}: sentence_transformers.activation_fn");
        return config.Text("sbert_ce_default_activation_function") is { } old ? Activation.Parse(old, $"{config.Path}: sbert_ce_default_activation_function") : null;
    }
}
