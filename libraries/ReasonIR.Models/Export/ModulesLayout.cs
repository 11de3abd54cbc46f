using System.Text.Json.Nodes;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Models.Export;

/// <summary>
/// The files of sentence-transformers beside the transformer's own, in the spelling of versions 2 to 5, which version 6 reads too: type
/// names of <c>sentence_transformers.models</c>, one boolean a pooling mode, the limit in sentence_bert_config.json.
/// </summary>
static class ModulesLayout
{
    /// <summary>The layout's versions: a reader older than them is warned, a newer one is not.</summary>
    static readonly JsonObject Versions = new() { ["sentence_transformers"] = "3.3.1", ["transformers"] = "4.46.0", ["pytorch"] = "2.5.1" };

    /// <summary>The booleans in the order in which several vectors are joined.</summary>
    static readonly (string Field, PoolingMode Mode)[] Booleans =
    [
        ("pooling_mode_cls_token", PoolingMode.Cls), ("pooling_mode_max_tokens", PoolingMode.Max), ("pooling_mode_mean_tokens", PoolingMode.Mean),
        ("pooling_mode_mean_sqrt_len_tokens", PoolingMode.MeanSqrtLength), ("pooling_mode_weightedmean_tokens", PoolingMode.WeightedMean), ("pooling_mode_lasttoken", PoolingMode.LastToken),
    ];

    /// <param name="addNormalize">Whether a Normalize module follows those of the model.</param>
    /// <param name="type">Element type of the Dense modules' weights.</param>
    public static void Write(string target, SentenceModel model, bool addNormalize, TensorType? type)
    {
        var modules = new JsonArray();
        Add("", "Transformer");
        JsonText.Write(Path.Combine(target, Add("1_Pooling", "Pooling"), "config.json"), Pooling(model));
        foreach (var step in addNormalize && !model.Normalized ? [.. model.Steps, null] : model.Steps)
            if (step is null)
                // The folder must be there, and a repository keeps no empty one.
                JsonText.Write(Path.Combine(target, Add($"{modules.Count}_Normalize", "Normalize"), "config.json"), new JsonObject());
            else
                WriteDense(Path.Combine(target, Add($"{modules.Count}_Dense", "Dense")), step, type);
        JsonText.Write(Path.Combine(target, "modules.json"), modules);

        string Add(string path, string kind)
        {
            modules.Add(new JsonObject { ["idx"] = modules.Count, ["name"] = $"{modules.Count}", ["path"] = path, ["type"] = $"sentence_transformers.models.{kind}" });
            return path;
        }
    }

    public static void WriteSettings(string target, PromptSet prompts, SimilarityFunction similarity, int? truncate, int maxTokens, bool lowerCase)
    {
        var config = new JsonObject
        {
            ["__version__"] = Versions.DeepClone(),
            ["model_type"] = SentenceTransformersFolder.EncoderKind,
            ["prompts"] = new JsonObject(prompts.Prompts.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
            ["default_prompt_name"] = prompts.DefaultName,
            ["similarity_fn_name"] = similarity.ToString().ToLowerInvariant(),
        };
        if (truncate is { } width)
            config["truncate_dim"] = width;
        JsonText.Write(Path.Combine(target, "config_sentence_transformers.json"), config);
        JsonText.Write(Path.Combine(target, "sentence_bert_config.json"), new JsonObject { ["max_seq_length"] = maxTokens, ["do_lower_case"] = lowerCase });
    }

    static JsonObject Pooling(SentenceModel model)
    {
        if (!model.Pooling.SequenceEqual(Booleans.Select(b => b.Mode).Where(model.Pooling.Contains)))
            // Vectors joined in an order of their own: only version 6 can say that.
            return new()
            {
                ["embedding_dimension"] = model.Transformer.HiddenSize,
                ["pooling_mode"] = new JsonArray([.. model.Pooling.Select(mode => (JsonNode)SequencePooling.Name(mode))]),
                ["include_prompt"] = model.IncludePrompt,
            };
        var config = new JsonObject { ["word_embedding_dimension"] = model.Transformer.HiddenSize };
        foreach (var (field, mode) in Booleans)
            config[field] = model.Pooling.Contains(mode);
        config["include_prompt"] = model.IncludePrompt;
        return config;
    }

    static void WriteDense(string folder, DenseModule module, TensorType? type)
    {
        var config = module.Config;
        var json = new JsonObject { ["in_features"] = config.InFeatures, ["out_features"] = config.OutFeatures, ["bias"] = config.Bias, ["activation_function"] = config.Activation.TypeName };
        if (config.Residual)
            json["use_residual"] = true;
        JsonText.Write(Path.Combine(folder, "config.json"), json);
        SafetensorsWriter.Save(Path.Combine(folder, "model.safetensors"), module.named_parameters().Select(p => TorchTensors.ToWrite(p.name, p.parameter, type)), new Dictionary<string, string> { ["format"] = "pt" });
    }
}
