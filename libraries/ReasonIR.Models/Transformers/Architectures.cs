using ReasonIR.Models.Bert;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Lora;
using ReasonIR.Models.ModernBert;
using ReasonIR.Models.Roberta;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Transformers;

/// <summary>
/// The transformers that can be loaded, by config.json's model_type. An allow-list: a type not named here fails by name instead of being
/// run through code that was checked for another architecture. A new one is one entry.
/// </summary>
public static class Architectures
{
    static readonly Dictionary<string, Func<string, ModelOptions, TransformerModel>> Loaders = new(StringComparer.Ordinal)
    {
        ["bert"] = BertModel.Load,
        ["camembert"] = (folder, options) => BertModel.Load(folder, RobertaFamilies.Camembert, options),
        ["distilbert"] = (folder, options) => BertModel.Load(folder, OtherFamilies.DistilBert, options),
        ["electra"] = (folder, options) => BertModel.Load(folder, OtherFamilies.Electra, options),
        ["gemma2"] = DecoderModel.Load,
        ["llama"] = DecoderModel.Load,
        ["mistral"] = DecoderModel.Load,
        ["modernbert"] = ModernBertModel.Load,
        ["qwen2"] = DecoderModel.Load,
        ["qwen3"] = DecoderModel.Load,
        ["roberta"] = (folder, options) => BertModel.Load(folder, RobertaFamilies.Roberta, options),
        ["xlm-roberta"] = (folder, options) => BertModel.Load(folder, RobertaFamilies.XlmRoberta, options),
    };

    /// <summary>The model types that can be loaded.</summary>
    public static IEnumerable<string> Types => Loaders.Keys.Order(StringComparer.Ordinal);

    /// <summary>The transformer of a Hugging Face folder, in evaluation mode.</summary>
    /// <exception cref="InvalidDataException">A file is broken or does not fit the others.</exception>
    /// <exception cref="NotSupportedException">The architecture is not implemented; the message names it and those that are.</exception>
    public static TransformerModel Load(string folder, ModelOptions? options = null)
    {
        options ??= ModelOptions.Default;
        var type = TypeOf(folder);
        if (!Loaders.TryGetValue(type, out var load))
            throw new NotSupportedException($"{folder}: models of type '{type}' are not supported; supported are: {string.Join(", ", Types)}.");
        var model = load(folder, options);
        try
        {
            (model.Compute, model.Checkpointing) = (options.Compute, options.Checkpointing);
            if (options.Bidirectional is { } bidirectional)
                model.Bidirectional = bidirectional;
            if (options.Adapter is { } adapter)
                LoraAdapter.Load(model, adapter, options.Device);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>config.json's model_type.</summary>
    public static string TypeOf(string folder)
    {
        using var json = JsonFile.Open(Path.Combine(folder, "config.json"));
        return json.Text("model_type") ?? throw json.Bad("model_type", "is missing");
    }
}
