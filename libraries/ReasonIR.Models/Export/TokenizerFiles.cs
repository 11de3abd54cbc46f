using System.Text.Json.Nodes;
using ReasonIR.Tokenizers;

namespace ReasonIR.Models.Export;

/// <summary>The tokenizer's files of an exported folder. transformers picks its class from tokenizer_config.json, and pads with its pad_token: without one no batch can be made.</summary>
static class TokenizerFiles
{
    const string Own = "tokenizer.json", Config = "tokenizer_config.json";

    /// <summary>What other tools read beside tokenizer.json, and what the license asks to go along.</summary>
    static readonly string[] Kept =
    [
        Own, Config, "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model", "tokenizer.model", "spiece.model",
        "chat_template.jinja", "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE",
    ];

    /// <param name="places">Folders in order: the first that has a file gives it.</param>
    public static void Copy(IReadOnlyList<string> places, string target, JsonObject config, int maxTokens)
    {
        foreach (var name in Kept)
            if (places.Select(place => Path.Combine(place, name)).FirstOrDefault(File.Exists) is { } file && Path.GetFullPath(file) != Path.GetFullPath(Path.Combine(target, name)))
                File.Copy(file, Path.Combine(target, name), overwrite: true);
        if (!File.Exists(Path.Combine(target, Own)))
            throw new InvalidDataException($"{places[0]}: there is no {Own} to go along with the model.");
        if (!File.Exists(Path.Combine(target, Config)))
            WriteConfig(Tokenizer.Load(Path.Combine(target, Own)), target, config, maxTokens);
    }

    public static void Write(ReadOnlyMemory<byte> tokenizerJson, string target, JsonObject config, int maxTokens)
    {
        File.WriteAllBytes(Path.Combine(target, Own), tokenizerJson.Span);
        WriteConfig(Tokenizer.Parse(tokenizerJson), target, config, maxTokens);
    }

    static void WriteConfig(Tokenizer tokenizer, string target, JsonObject config, int maxTokens)
    {
        var json = new JsonObject { ["tokenizer_class"] = "PreTrainedTokenizerFast", ["model_max_length"] = maxTokens, ["clean_up_tokenization_spaces"] = false };
        foreach (var (role, field, names) in new (string, string?, string[])[]
        {
            ("unk_token", null, ["[UNK]", "<unk>"]), ("bos_token", "bos_token_id", ["<s>", "<|begin_of_text|>"]), ("eos_token", "eos_token_id", ["</s>", "<|end_of_text|>", "<|endoftext|>"]),
            ("cls_token", "cls_token_id", ["[CLS]"]), ("sep_token", "sep_token_id", ["[SEP]"]), ("mask_token", "mask_token_id", ["[MASK]", "<mask>"]), ("pad_token", "pad_token_id", ["[PAD]", "<pad>", "<|pad|>"]),
        })
        {
            // A number in the configuration decides, else a usual name among the special tokens.
            var stated = field is not null && config[field] is JsonValue value && value.TryGetValue<int>(out var id) ? tokenizer.IdToToken(id) : null;
            if ((stated ?? names.FirstOrDefault(name => tokenizer.AddedTokens.Any(t => t.Special && t.Content == name))) is { } token)
                json[role] = token;
        }
        json["pad_token"] ??= (json["eos_token"] ?? json["unk_token"] ?? json["sep_token"])?.GetValue<string>() ?? tokenizer.IdToToken(0);
        JsonText.Write(Path.Combine(target, Config), json);
    }
}
