using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.StaticEmbeddings;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Models;

/// <summary>
/// The model types that can be opened. An allow-list: a type not named here fails by name instead of being run through code that was
/// checked for another architecture. A new transformer is one entry in <see cref="Architectures"/>.
/// </summary>
static class ModelTypes
{
    public const string Static = "static";

    static readonly Dictionary<string, Func<SentenceTransformersFolder, ModelOptions, ITextEncoder>> Openers = new(StringComparer.Ordinal)
    {
        [Static] = (folder, _) => StaticEncoder.Open(folder),
    };

    static ModelTypes()
    {
        foreach (var type in Architectures.Types)
            Openers.Add(type, TransformerEncoder.Open);
    }

    public static Func<SentenceTransformersFolder, ModelOptions, ITextEncoder> Find(string type, string path) =>
        Openers.TryGetValue(type, out var open)
            ? open
            : throw new NotSupportedException($"{path}: models of type '{type}' are not supported; supported are: {string.Join(", ", Openers.Keys.Order(StringComparer.Ordinal))}.");
}
