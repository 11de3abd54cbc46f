using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Bert;

/// <summary>Sizes and settings of a model that computes as BERT does, whatever its family calls them.</summary>
/// <param name="MaxPositions">Rows of the table of positions.</param>
/// <param name="TypeVocabularySize">Rows of the table of token types; 0: the family has none.</param>
/// <param name="HiddenDropout">Dropout after the embeddings and at the end of each block, in training.</param>
/// <param name="AttentionDropout">Dropout of attention probabilities, in training.</param>
public sealed record BertConfig(
    int VocabularySize, int HiddenSize, int Layers, int Heads, int IntermediateSize, int MaxPositions, int TypeVocabularySize,
    double NormEps, double HiddenDropout, double AttentionDropout, double InitializerRange)
{
    /// <summary>
    /// The padding token's id where positions depend on it (RoBERTa): tokens count from this plus 1, padding tokens stand at this and are
    /// not counted. Null: positions count from 0.
    /// </summary>
    public int? PositionPadding { get; init; }

    /// <summary>Width of the embeddings where it is not <see cref="HiddenSize"/> (ELECTRA): a linear map follows them.</summary>
    public int? EmbeddingSize { get; init; }

    /// <summary>Tokens of the longest sequence.</summary>
    public int LongestSequence => MaxPositions - (PositionPadding + 1 ?? 0);

    /// <summary>config.json of a BERT (model_type <c>bert</c>), with the defaults of transformers' BertConfig.</summary>
    /// <exception cref="InvalidDataException">A field is missing or impossible.</exception>
    /// <exception cref="NotSupportedException">The model has a variation that is not implemented; the message names it.</exception>
    public static BertConfig Read(string path) => Read(path, BertFamily.Bert);

    /// <inheritdoc cref="Read(string)"/>
    public static BertConfig Read(string path, BertFamily family)
    {
        using var json = JsonFile.Open(path);
        if (json.Text("model_type") is var type && type != family.ModelType)
            throw json.Bad("model_type", $"'{family.ModelType}' was expected, '{type}' is there");
        json.RefuseForeign();
        json.Only("is_decoder", false);
        json.Only("add_cross_attention", false);
        json.Only("is_encoder_decoder", false);
        json.Absent("pruned_heads", "cross_attention_hidden_size");
        var config = family.ReadConfig(json);
        if (config.HiddenSize % config.Heads != 0)
            throw json.Bad("num_attention_heads", $"{config.Heads} does not divide hidden_size {config.HiddenSize}");
        return config.LongestSequence >= 1
            ? config
            : throw json.Bad("max_position_embeddings", $"{config.MaxPositions} leaves no position behind pad_token_id {config.PositionPadding}");
    }

    /// <summary>The fields that BERT, RoBERTa and ELECTRA share.</summary>
    internal static BertConfig ReadShared(JsonFile json, int intermediate = 3072)
    {
        json.Only("hidden_act", "gelu");
        json.Only("position_embedding_type", "absolute");
        return new(
            json.Size("vocab_size", 30522), json.Size("hidden_size", 768), json.Size("num_hidden_layers", 12), json.Size("num_attention_heads", 12),
            json.Size("intermediate_size", intermediate), json.Size("max_position_embeddings", 512), json.Size("type_vocab_size", 2),
            json.Positive("layer_norm_eps", 1e-12), json.Share("hidden_dropout_prob", 0.1), json.Share("attention_probs_dropout_prob", 0.1),
            json.Number("initializer_range") ?? 0.02);
    }
}
