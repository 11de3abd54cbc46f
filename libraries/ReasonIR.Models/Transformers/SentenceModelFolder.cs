using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>Writes a trained model as a Hugging Face and sentence-transformers folder that other tools open too.</summary>
public static class SentenceModelFolder
{
    static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>What a folder keeps of the one it was trained from, beside the weights.</summary>
    static readonly string[] Kept =
    [
        "config.json", "modules.json", "config_sentence_transformers.json", "sentence_bert_config.json", "tokenizer.json",
        "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "LICENSE",
    ];

    /// <param name="model">The weights to write.</param>
    /// <param name="source">The folder the model was loaded from: its tokenizer and settings are copied.</param>
    /// <param name="target">The folder to create or fill.</param>
    public static void Save(SentenceModel model, SentenceTransformersFolder source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var module in source.Modules.Select(m => m.Folder).Prepend(source.Path).Distinct())
        {
            var into = Path.Combine(target, Path.GetRelativePath(source.Path, module));
            Directory.CreateDirectory(into);
            foreach (var name in Kept)
                if (File.Exists(Path.Combine(module, name)))
                    File.Copy(Path.Combine(module, name), Path.Combine(into, name), overwrite: true);
        }
        var body = Path.Combine(target, Path.GetRelativePath(source.Path, source.Find("Transformer")?.Folder ?? source.Path));
        DescribeWeights(Path.Combine(body, "config.json"), model.Transformer);
        if (source.Modules.Count == 0)
            WriteModules(model, target);
        foreach (var ((_, path), dense) in source.Dense().Zip(model.DenseModules))
            SafetensorsWriter.Save(Path.Combine(target, Path.GetRelativePath(source.Path, path)), dense.named_parameters().Select(p => TorchTensors.ToWrite(p.name, p.parameter)));
        SafetensorsWriter.Save(Path.Combine(body, "model.safetensors"), model.Transformer.ToWrite(), new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>
    /// The weights are those of the bare architecture, in the type they were trained in; a decoder attends as it was trained to, which then
    /// is the file's word and no longer that of code the source brought along.
    /// </summary>
    static void DescribeWeights(string path, TransformerModel model)
    {
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config["architectures"] = new JsonArray(model.Architecture);
        var type = model.parameters().First().dtype switch
        {
            ScalarType.BFloat16 => "bfloat16",
            ScalarType.Float16 => "float16",
            _ => "float32",
        };
        foreach (var field in new[] { "dtype", "torch_dtype" })
            if (config.ContainsKey(field))
                config[field] = type;
        if (model is DecoderModel)
        {
            config["is_causal"] = !model.Bidirectional;
            config.Remove("auto_map");
        }
        File.WriteAllText(path, config.ToJsonString(Json) + "\n");
    }

    /// <summary>A plain Hugging Face folder becomes a sentence-transformers one: training compared cosines, so the vectors are normalized.</summary>
    static void WriteModules(SentenceModel model, string target)
    {
        const string transformer = "sentence_transformers.models.Transformer", pooling = "sentence_transformers.models.Pooling", normalize = "sentence_transformers.models.Normalize";
        var modules = new JsonArray();
        foreach (var (index, (path, type)) in new[] { ("", transformer), ("1_Pooling", pooling), ("2_Normalize", normalize) }.Index())
            modules.Add(new JsonObject { ["idx"] = index, ["name"] = $"{index}", ["path"] = path, ["type"] = type });
        File.WriteAllText(Path.Combine(target, "modules.json"), modules.ToJsonString(Json) + "\n");
        Directory.CreateDirectory(Path.Combine(target, "1_Pooling"));
        var settings = new JsonObject { ["word_embedding_dimension"] = model.Transformer.HiddenSize };
        foreach (var (name, mode) in new[]
        {
            ("cls_token", PoolingMode.Cls), ("mean_tokens", PoolingMode.Mean), ("max_tokens", PoolingMode.Max),
            ("mean_sqrt_len_tokens", PoolingMode.MeanSqrtLength), ("weightedmean_tokens", PoolingMode.WeightedMean), ("lasttoken", PoolingMode.LastToken),
        })
            settings[$"pooling_mode_{name}"] = model.Pooling.Contains(mode);
        settings["include_prompt"] = model.IncludePrompt;
        File.WriteAllText(Path.Combine(target, "1_Pooling", "config.json"), settings.ToJsonString(Json) + "\n");
    }
}
