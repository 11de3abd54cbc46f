using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Transformers;

/// <summary>The sizes of a transformer, known without loading it: what memory and time of training it are estimated from.</summary>
/// <param name="Type">config.json's model_type.</param>
/// <param name="MaxPositions">Tokens of the longest sequence.</param>
/// <param name="Parameters">Numbers in its weight files.</param>
/// <param name="Gated">Whether the feed-forward part is gated: three matrices in place of two.</param>
public sealed record ModelShape(
    string Type, int Layers, int Hidden, int Intermediate, int Heads, int KeyValueHeads, int HeadWidth, int Vocabulary, int MaxPositions, long Parameters, bool Gated)
{
    /// <summary>What a checkpoint of a model with a head puts before the body's tensors.</summary>
    static readonly string[] Prefixes = ["model.", "bert.", "roberta.", "distilbert.", "electra."];

    /// <summary>Families whose positions begin behind the padding token's id.</summary>
    static readonly string[] PositionsAfterPadding = ["roberta", "xlm-roberta", "camembert"];

    /// <summary>Families without a gate: those of BERT's layers.</summary>
    static readonly string[] Plain = ["bert", "camembert", "distilbert", "electra", "roberta", "xlm-roberta"];

    /// <summary>The weights by the names that the body's parameters have, with their sizes; those of a head, which is not loaded, are among them.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<long> Sizes)> Tensors { get; init; } = [];

    /// <param name="folder">The transformer's: config.json and the weights.</param>
    /// <exception cref="InvalidDataException">A file is broken, or a size is missing; the message names it.</exception>
    public static ModelShape Read(string folder)
    {
        using var json = JsonFile.Open(Path.Combine(folder, "config.json"));
        var type = json.Text("model_type") ?? throw json.Bad("model_type", "is missing");
        var (hidden, heads) = (Size("hidden_size", "dim"), Size("num_attention_heads", "n_heads"));
        var positions = Size("max_position_embeddings", "max_position_embeddings");
        if (PositionsAfterPadding.Contains(type))
            positions -= (json.Integer("pad_token_id") ?? 1) + 1;
        var tensors = ReadTensors(folder);
        return new(type, Size("num_hidden_layers", "n_layers"), hidden, Size("intermediate_size", "hidden_dim"), heads, json.Integer("num_key_value_heads") ?? heads,
            json.Integer("head_dim") ?? hidden / heads, Size("vocab_size", "vocab_size"), positions, tensors.Sum(tensor => tensor.Sizes.Aggregate(1L, (product, size) => product * size)), !Plain.Contains(type))
        {
            Tensors = tensors,
        };

        int Size(string name, string other) => (json.Integer(name) ?? json.Integer(other)) switch
        {
            null => throw json.Bad(name, "is missing"),
            < 1 => throw json.Bad(name, "a size from 1 on was expected"),
            var size => (int)size,
        };
    }

    static List<(string Name, IReadOnlyList<long> Sizes)> ReadTensors(string folder)
    {
        var tensors = new List<(string, IReadOnlyList<long>)>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.safetensors").Where(path => !Path.GetFileName(path).StartsWith("adapter", StringComparison.Ordinal)))
        {
            using var file = SafetensorsFile.Open(path);
            foreach (var (name, tensor) in file.Tensors)
                tensors.Add((Prefixes.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } prefix ? name[prefix.Length..] : name, [.. tensor.Shape]));
        }
        return tensors;
    }
}
