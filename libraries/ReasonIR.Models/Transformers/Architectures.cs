using ReasonIR.Models.Bert;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Transformers;

/// <summary>The transformers that can be loaded, by config.json's model_type. A new one is one entry here and one in <see cref="ModelTypes"/>.</summary>
public static class Architectures
{
    static readonly Dictionary<string, Func<string, TransformerModel>> Loaders = new(StringComparer.Ordinal)
    {
        ["bert"] = BertModel.Load,
    };

    /// <summary>The transformer of a Hugging Face folder, in evaluation mode.</summary>
    /// <exception cref="NotSupportedException">The architecture is not implemented; the message names it and those that are.</exception>
    public static TransformerModel Load(string folder)
    {
        var type = TypeOf(folder);
        return Loaders.TryGetValue(type, out var load)
            ? load(folder)
            : throw new NotSupportedException($"{folder}: models of type '{type}' are not supported; supported are: {string.Join(", ", Loaders.Keys.Order(StringComparer.Ordinal))}.");
    }

    /// <summary>config.json's model_type.</summary>
    public static string TypeOf(string folder)
    {
        using var json = JsonFile.Open(Path.Combine(folder, "config.json"));
        return json.Text("model_type") ?? throw json.Bad("model_type", "is missing");
    }
}
