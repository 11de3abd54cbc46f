using System.Text.Json.Nodes;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Lora;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Models.Export;

/// <summary>
/// Writes a model as a folder that transformers (AutoModel, AutoTokenizer) and sentence-transformers open, and that the hub shows: weights
/// in shards, configuration, tokenizer, modules, prompts, model card. From any base: encoders, decoders, merged adapters, models made from scratch.
/// </summary>
public static class ModelExport
{
    /// <param name="model">Its weights; adapters must be merged.</param>
    /// <param name="source">What goes along with them.</param>
    /// <param name="target">The folder to create or fill.</param>
    /// <exception cref="InvalidOperationException">There is an adapter beside the weights that has not been merged.</exception>
    public static void Write(SentenceModel model, ExportSource source, string target, ExportOptions? options = null)
    {
        options ??= new();
        if (model.Transformer.LinearModules().FirstOrDefault(m => m.Module.Adapter is { Merged: false }) is { Name: { } adapted })
            throw new InvalidOperationException($"{adapted} has an adapter beside its weight; merge it first, or export the adapter alone.");
        if (options.Type is { } type && !TensorConversion.IsFloat(type) || options.Type == TensorType.F64)
            throw new ArgumentException($"Weights are not stored as {TensorTypes.Name(options.Type!.Value)}; F32, BF16 and F16 were expected.", nameof(options));
        Directory.CreateDirectory(target);
        var maxTokens = Math.Min(options.MaxTokens ?? source.MaxTokens ?? int.MaxValue, model.Transformer.MaxPositions);
        var (prompts, similarity) = (options.Prompts ?? source.Prompts, options.Similarity ?? source.Similarity);
        source.WriteTokenizer(target, maxTokens);
        JsonText.Write(Path.Combine(target, "config.json"), Describe(source.Config, model.Transformer, options.Type));
        ShardWriter.Save(target, model.Transformer.ToWrite(options.Type), options.MaxShardBytes);
        ModulesLayout.Write(target, model, source.AddsNormalize, options.Type);
        ModulesLayout.WriteSettings(target, prompts, similarity, model.TruncateDimension, maxTokens, source.LowerCase);
        (options.Card ?? new ModelCard { Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target))) }).Write(target);
    }

    /// <summary>
    /// The configuration with the weights as they are written: those of the bare architecture, in their type. A decoder attends as it was
    /// trained to, which is the file's word then and no longer that of code the source brought along.
    /// </summary>
    static JsonObject Describe(JsonObject source, TransformerModel model, TensorType? type)
    {
        var config = source.DeepClone().AsObject();
        config["architectures"] = new JsonArray(model.Architecture);
        var name = (type ?? TorchTensors.TypeOf(model.parameters().First())) switch
        {
            TensorType.BF16 => "bfloat16",
            TensorType.F16 => "float16",
            _ => "float32",
        };
        // transformers 5 writes dtype and reads both.
        if (config.ContainsKey("dtype"))
            config["dtype"] = name;
        if (config.ContainsKey("torch_dtype") || !config.ContainsKey("dtype"))
            config["torch_dtype"] = name;
        // Of heads that are gone, and of code that is not what these weights were computed with.
        foreach (var field in new[] { "_name_or_path", "auto_map", "id2label", "label2id", "num_labels", "problem_type", "sentence_transformers", "sbert_ce_default_activation_function" })
            config.Remove(field);
        if (model is DecoderModel)
            config["is_causal"] = !model.Bidirectional;
        return config;
    }
}
