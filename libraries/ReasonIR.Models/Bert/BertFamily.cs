using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Bert;

/// <summary>An architecture that computes as BERT does, under names, defaults and positions of its own.</summary>
/// <param name="ModelType">config.json's model_type.</param>
/// <param name="Architecture">The bare encoder's class, as config.json names it.</param>
/// <param name="Prefix">What a checkpoint of a model with a head puts before the encoder's tensors.</param>
/// <param name="Names">Where the encoder's tensors stand.</param>
/// <param name="Heads">Beginnings of the names of heads, which the encoder does not need.</param>
/// <param name="ReadConfig">The fields of config.json.</param>
public sealed record BertFamily(
    string ModelType, string Architecture, string Prefix, BertNames Names, IReadOnlyList<string> Heads, Func<JsonFile, BertConfig> ReadConfig)
{
    public static BertFamily Bert { get; } = new("bert", "BertModel", "bert.", BertNames.Standard, ["cls.", "classifier.", "qa_outputs."], json => BertConfig.ReadShared(json));

    /// <summary>Heads, and a constant that older versions stored.</summary>
    public bool IsKnownSurplus(string name) =>
        Heads.Any(head => name.StartsWith(head, StringComparison.Ordinal))
        || (name.StartsWith(Prefix, StringComparison.Ordinal) ? name.AsSpan(Prefix.Length) : name) is "embeddings.position_ids" or "embeddings.token_type_ids";
}

/// <summary>Places of the embeddings' and the pooler's tensors, and of the list of blocks.</summary>
public sealed record BertNames(string Words, string Positions, string Types, string EmbeddingNorm, string Projection, string Layers, BertBlockNames Block, string Pooler)
{
    public static BertNames Standard { get; } = new(
        "embeddings.word_embeddings", "embeddings.position_embeddings", "embeddings.token_type_embeddings", "embeddings.LayerNorm", "embeddings_project",
        "encoder.layer", BertBlockNames.Standard, "pooler.dense");
}

/// <summary>Places of a block's tensors.</summary>
public sealed record BertBlockNames(
    string Query, string Key, string Value, string AttentionOutput, string AttentionNorm, string Intermediate, string Output, string OutputNorm)
{
    public static BertBlockNames Standard { get; } = new(
        "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "attention.output.LayerNorm",
        "intermediate.dense", "output.dense", "output.LayerNorm");
}
