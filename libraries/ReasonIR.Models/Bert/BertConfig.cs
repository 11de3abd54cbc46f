using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Bert;

/// <summary>config.json of a BERT (model_type <c>bert</c>), with the defaults of transformers' BertConfig.</summary>
/// <param name="HiddenDropout">Dropout after the embeddings and at the end of each block, in training.</param>
/// <param name="AttentionDropout">Dropout of attention probabilities, in training.</param>
public sealed record BertConfig(
    int VocabularySize, int HiddenSize, int Layers, int Heads, int IntermediateSize, int MaxPositions, int TypeVocabularySize,
    double NormEps, double HiddenDropout, double AttentionDropout, double InitializerRange)
{
    /// <summary>No dimension of a known model comes near this; a broken file must not allocate without bound.</summary>
    const int MaxDimension = 1 << 22;

    /// <exception cref="InvalidDataException">A field is missing or impossible.</exception>
    /// <exception cref="NotSupportedException">The model has a variation that is not implemented; the message names it.</exception>
    public static BertConfig Read(string path)
    {
        using var json = JsonFile.Open(path);
        if (json.Text("model_type") is var type && type != "bert")
            throw json.Bad("model_type", $"'bert' was expected, '{type}' is there");
        Refuse(json, json.Text("hidden_act") ?? "gelu", "hidden_act", "gelu");
        Refuse(json, json.Text("position_embedding_type") ?? "absolute", "position_embedding_type", "absolute");
        if (json.Boolean("is_decoder") == true || json.Boolean("add_cross_attention") == true)
            throw new NotSupportedException($"{path}: is_decoder and add_cross_attention are not supported: an encoder was expected.");
        var config = new BertConfig(
            Size(json, "vocab_size", 30522), Size(json, "hidden_size", 768), Size(json, "num_hidden_layers", 12), Size(json, "num_attention_heads", 12),
            Size(json, "intermediate_size", 3072), Size(json, "max_position_embeddings", 512), Size(json, "type_vocab_size", 2),
            json.Number("layer_norm_eps") ?? 1e-12, Share(json, "hidden_dropout_prob"), Share(json, "attention_probs_dropout_prob"),
            json.Number("initializer_range") ?? 0.02);
        return config.HiddenSize % config.Heads == 0
            ? config
            : throw json.Bad("num_attention_heads", $"{config.Heads} does not divide hidden_size {config.HiddenSize}");
    }

    static int Size(JsonFile json, string field, int standard) =>
        json.Integer(field) switch
        {
            null => standard,
            >= 1 and <= MaxDimension and var value => value,
            var value => throw json.Bad(field, $"{value} is out of range; 1 to {MaxDimension} was expected"),
        };

    static double Share(JsonFile json, string field) =>
        (json.Number(field) ?? 0.1) is var value and >= 0 and < 1 ? value : throw json.Bad(field, "a share from 0 to below 1 was expected");

    static void Refuse(JsonFile json, string value, string field, string supported)
    {
        if (value != supported)
            throw new NotSupportedException($"{json.Path}: {field} '{value}' is not supported; '{supported}' is.");
    }
}
