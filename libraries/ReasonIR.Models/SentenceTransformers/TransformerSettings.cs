using System.Text.Json;

namespace ReasonIR.Models.SentenceTransformers;

/// <summary>
/// What sentence-transformers keeps beside a transformer: sentence_bert_config.json (or one of its older names) and, since version 6,
/// tokenizer_config.json.
/// </summary>
/// <param name="MaxTokens">The limit on a text, special tokens included; null: none is named.</param>
/// <param name="LowerCase">Whether texts are lower-cased before the tokenizer's own normalization.</param>
/// <param name="CutLeft">Whether the first tokens of a long text go; null: as tokenizer.json says.</param>
public sealed record TransformerSettings(int? MaxTokens, bool LowerCase, bool? CutLeft)
{
    static readonly string[] Names =
    [
        "sentence_bert_config.json", "sentence_roberta_config.json", "sentence_distilbert_config.json", "sentence_camembert_config.json",
        "sentence_albert_config.json", "sentence_xlm-roberta_config.json", "sentence_xlnet_config.json",
    ];

    /// <summary>Arguments of loading that leave the arithmetic as it is (the compute type is chosen here, not there).</summary>
    static readonly string[] Harmless =
    [
        "trust_remote_code", "torch_dtype", "dtype", "attn_implementation", "low_cpu_mem_usage", "device_map", "add_pooling_layer", "use_cache", "use_fast",
        "padding_side", "unpad_inputs", "use_memory_efficient_attention", "use_safetensors", "revision", "code_revision", "local_files_only", "cache_dir", "token", "subfolder",
    ];

    /// <param name="folder">The transformer's folder.</param>
    /// <param name="task">The task that the folder is opened for, in version 6's words.</param>
    /// <exception cref="InvalidDataException">A field is not what it should be.</exception>
    /// <exception cref="NotSupportedException">There is a field that changes what is computed and is not known; the message names it.</exception>
    public static TransformerSettings Read(string folder, string task = "feature-extraction")
    {
        var (limit, lower) = Names.Select(name => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } path ? ReadOwn(path, task) : (null, false);
        var tokenizer = System.IO.Path.Combine(folder, "tokenizer_config.json");
        if (!File.Exists(tokenizer))
            return new(limit, lower, null);
        using var json = JsonFile.Open(tokenizer);
        return new(limit ?? Limit(json, "model_max_length"), lower, json.Text("truncation_side") switch
        {
            null => null,
            "left" => true,
            "right" => false,
            _ => throw json.Bad("truncation_side", "left or right was expected"),
        });
    }

    static (int? Limit, bool LowerCase) ReadOwn(string path, string task)
    {
        using var json = JsonFile.Open(path);
        json.OnlyFields("max_seq_length", "do_lower_case", "model_args", "model_kwargs", "tokenizer_args", "processor_kwargs", "config_args", "config_kwargs",
            "transformer_task", "modality_config", "module_output_name", "unpad_inputs", "query_length", "document_length", "query_expansion", "processing_kwargs");
        json.Absent("query_length", "document_length", "query_expansion", "processing_kwargs");
        json.Only("transformer_task", task);
        if (task == "feature-extraction")
            json.Only("module_output_name", "token_embeddings");
        foreach (var field in new[] { "model_args", "model_kwargs", "tokenizer_args", "processor_kwargs", "config_args", "config_kwargs" })
            if (json.Element(field) is { ValueKind: JsonValueKind.Object } arguments)
                foreach (var argument in arguments.EnumerateObject())
                    if (!Harmless.Contains(argument.Name) && argument.Value.ValueKind != JsonValueKind.Null)
                        throw new NotSupportedException($"{path}: {field}.{argument.Name} '{argument.Value}' is not supported; a file without it is.");
        CheckModalities(json, task);
        return (Limit(json, "max_seq_length"), json.Boolean("do_lower_case") ?? false);
    }

    /// <summary>Texts must go through the model's forward pass as they stand: with a chat template they would be wrapped first.</summary>
    static void CheckModalities(JsonFile json, string task)
    {
        if (json.Element("modality_config") is not { } modalities)
            return;
        if (modalities.ValueKind != JsonValueKind.Object || !modalities.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.Object)
            throw new NotSupportedException($"{json.Path}: modality_config without 'text' is not supported.");
        if (modalities.TryGetProperty("message", out _))
            throw new NotSupportedException($"{json.Path}: modality_config 'message' is not supported: texts would go through a chat template.");
        var output = task == "feature-extraction" ? "last_hidden_state" : "logits";
        foreach (var (field, supported) in new[] { ("method", "forward"), ("method_output_name", output) })
            if (text.TryGetProperty(field, out var value) && (value.ValueKind != JsonValueKind.String || value.GetString() != supported))
                throw new NotSupportedException($"{json.Path}: modality_config.text.{field} '{value}' is not supported; '{supported}' is.");
    }

    /// <summary>transformers writes 1e30 for "no limit".</summary>
    static int? Limit(JsonFile json, string field) => json.Number(field) switch
    {
        null => null,
        < 1 => throw json.Bad(field, "a length from 1 on was expected"),
        >= int.MaxValue => null,
        var limit => (int)limit,
    };
}
