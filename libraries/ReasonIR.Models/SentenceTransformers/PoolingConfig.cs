using System.Text.Json;

namespace ReasonIR.Models.SentenceTransformers;

/// <summary>1_Pooling/config.json, in both of its forms (one boolean a mode; <c>pooling_mode</c> since version 6).</summary>
/// <param name="Modes"><c>mean</c>, <c>cls</c>, <c>max</c>, <c>lasttoken</c>, <c>weightedmean</c>, <c>mean_sqrt_len_tokens</c>; the vectors of several stand one after the other.</param>
/// <param name="IncludePrompt">Whether the prompt's tokens count.</param>
public sealed record PoolingConfig(IReadOnlyList<string> Modes, bool IncludePrompt)
{
    /// <summary>The booleans and their modes, in the order in which sentence-transformers joins the vectors.</summary>
    static readonly (string Field, string Mode)[] Booleans =
    [
        ("pooling_mode_cls_token", "cls"), ("pooling_mode_max_tokens", "max"), ("pooling_mode_mean_tokens", "mean"),
        ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"), ("pooling_mode_weightedmean_tokens", "weightedmean"), ("pooling_mode_lasttoken", "lasttoken"),
    ];

    /// <summary>What sentence-transformers puts behind a transformer that names none.</summary>
    public static PoolingConfig Standard { get; } = new(["mean"], true);

    /// <summary>The modes in one word, for provenance: <c>mean</c>, <c>cls+mean</c>.</summary>
    public string Mode => string.Join('+', Modes);

    /// <summary>Width of the hidden states, where the file names it.</summary>
    public int? Width { get; init; }

    /// <exception cref="InvalidDataException">A field is not what it should be.</exception>
    /// <exception cref="NotSupportedException">There is a field or a mode that is not known; the message names it.</exception>
    public static PoolingConfig Read(string path)
    {
        using var json = JsonFile.Open(path);
        json.OnlyFields(["word_embedding_dimension", "embedding_dimension", "pooling_mode", "include_prompt", .. Booleans.Select(b => b.Field)]);
        var modes = json.Element("pooling_mode") switch
        {
            { ValueKind: JsonValueKind.String } one => [one.GetString()!],
            { ValueKind: JsonValueKind.Array } several => several.EnumerateArray().Select(m => m.ValueKind == JsonValueKind.String ? m.GetString()! : throw json.Bad("pooling_mode", "names of modes were expected")).ToList(),
            null => Booleans.Where(b => json.Boolean(b.Field) == true).Select(b => b.Mode).ToList() is { Count: > 0 } chosen ? chosen : ["mean"],
            _ => throw json.Bad("pooling_mode", "a mode or an array of modes was expected"),
        };
        if (modes.Count == 0)
            throw json.Bad("pooling_mode", "no mode is named");
        if (modes.Find(mode => Booleans.All(b => b.Mode != mode)) is { } unknown)
            throw new NotSupportedException($"{path}: pooling_mode '{unknown}' is not supported; {string.Join(", ", Booleans.Select(b => b.Mode))} are.");
        return new(modes, json.Boolean("include_prompt") ?? true) { Width = json.Integer("embedding_dimension") ?? json.Integer("word_embedding_dimension") };
    }
}
