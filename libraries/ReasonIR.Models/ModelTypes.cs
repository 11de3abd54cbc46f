using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.StaticEmbeddings;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Models;

/// <summary>
/// The model types that can be opened. An allow-list: a type not named here fails by name instead of being run through code that was
/// checked for another architecture. A new transformer is one entry in <see cref="Architectures"/>.
/// </summary>
public static class ModelTypes
{
    internal const string Static = "static";

    static readonly Dictionary<string, Func<SentenceTransformersFolder, ModelOptions, ITextEncoder>> Openers = new(StringComparer.Ordinal)
    {
        [Static] = (folder, _) => StaticEncoder.Open(folder),
    };

    static ModelTypes()
    {
        foreach (var type in Architectures.Types)
            Openers.Add(type, TransformerEncoder.Open);
    }

    /// <summary>Refuses the <c>model_type</c> of a config.json that cannot be opened.</summary>
    /// <param name="path">What the error calls the model.</param>
    /// <exception cref="NotSupportedException">It cannot; the message lists those that can.</exception>
    public static void Require(string type, string path)
    {
        if (type != Model2VecRules.ModelType)
            Find(type, path);
    }

    internal static Func<SentenceTransformersFolder, ModelOptions, ITextEncoder> Find(string type, string path) =>
        Openers.TryGetValue(type, out var open)
            ? open
            : throw new NotSupportedException($"{path}: models of type '{type}' are not supported; supported are: {string.Join(", ", Openers.Keys.Order(StringComparer.Ordinal))}.");
}
