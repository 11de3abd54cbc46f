using System.Text.Json;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Torch;

namespace ReasonIR.Models.Decoders;

/// <summary>
/// config.json of a decoder, as transformers 4 and 5 write it, with that library's defaults for what is absent. What would change the
/// arithmetic and is not implemented is refused by field and value.
/// </summary>
public static class DecoderConfigFile
{
    /// <summary>How each family is read; its own defaults and fields stand in <see cref="DecoderFamilies"/>.</summary>
    static readonly Dictionary<string, Func<JsonFile, DecoderConfig>> Families = new(StringComparer.Ordinal)
    {
        ["llama"] = DecoderFamilies.Llama,
        ["qwen2"] = DecoderFamilies.Qwen2,
        ["qwen3"] = DecoderFamilies.Qwen3,
        ["mistral"] = DecoderFamilies.Mistral,
        ["gemma2"] = DecoderFamilies.Gemma2,
    };

    /// <summary>The model types that are read.</summary>
    public static IEnumerable<string> Types => Families.Keys;

    /// <param name="path">config.json</param>
    /// <param name="bidirectional">What the caller decides about attention's direction; null: the file's word.</param>
    /// <exception cref="InvalidDataException">A field is missing or impossible.</exception>
    /// <exception cref="NotSupportedException">The model has a variation that is not implemented; the message names field and value.</exception>
    public static DecoderConfig Read(string path, bool? bidirectional = null)
    {
        using var json = JsonFile.Open(path);
        var type = json.Text("model_type") ?? throw json.Bad("model_type", "is missing");
        if (!Families.TryGetValue(type, out var read))
            throw new NotSupportedException($"{path}: model_type '{type}' is not supported here; {string.Join(", ", Types)} are.");
        UnsupportedFields.Refuse(json);
        var config = read(json) with { Bidirectional = bidirectional ?? AttentionDirection.IsBidirectional(json) };
        Check(json, config);
        return config;
    }

    static void Check(JsonFile json, DecoderConfig config)
    {
        if (config.Heads % config.KeyValueHeads != 0)
            throw json.Bad("num_key_value_heads", $"{config.KeyValueHeads} does not divide num_attention_heads {config.Heads}");
        if (config.HeadWidth % 2 != 0)
            throw json.Bad("head_dim", $"{config.HeadWidth} is odd; rotary positions need an even one");
        if (config.PadId is { } pad && pad >= config.VocabularySize)
            throw json.Bad("pad_token_id", $"{pad} is not below vocab_size {config.VocabularySize}");
    }
}
