using System.Text.Json;
using ReasonIR.Tokenizers.Models;

namespace ReasonIR.Tokenizers.Loading;

/// <summary>The <c>model</c> of a tokenizer.json by its <c>type</c>: a new model is one entry here.</summary>
static class ModelReader
{
    /// <summary>More ids than any published vocabulary has; bounds the table from id to token.</summary>
    public const int MaxId = 1 << 24;

    public static ITokenModel Read(JsonNode node)
    {
        // Files from before 0.9 name no type; they are told apart by their fields.
        var type = node.Find("type")?.Text()
            ?? (node.Find("merges") is not null ? "BPE" : node.Find("continuing_subword_prefix") is not null ? "WordPiece" : throw node.Bad("'type' is missing"));
        try
        {
            return type switch
            {
                "WordPiece" => new WordPiece(Vocabulary(node), node.Get("unk_token").Text(), node.Find("continuing_subword_prefix")?.Text() ?? "##",
                    node.Find("max_input_chars_per_word")?.Integer() ?? 100),
                "BPE" => BpeReader.Read(node, Vocabulary(node)),
                "Unigram" => UnigramReader.Read(node),
                _ => throw node.Unknown("model"),
            };
        }
        catch (InvalidDataException error) when (!error.Message.StartsWith(node.File, StringComparison.Ordinal))
        {
            throw node.Bad(error.Message);
        }
    }

    /// <summary>A vocabulary written as an object of token to id. Places are written out only for errors: there may be hundreds of thousands.</summary>
    static Dictionary<string, int> Vocabulary(JsonNode node)
    {
        var list = node.Get("vocab");
        if (list.Element.ValueKind != JsonValueKind.Object)
            throw list.Bad("an object was expected");
        var vocabulary = new Dictionary<string, int>(list.Element.GetPropertyCount(), StringComparer.Ordinal);
        foreach (var field in list.Element.EnumerateObject())
        {
            var (token, value) = (field.Name, field.Value);
            if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var id) || id < 0 || id > MaxId)
                id = new JsonNode(node.File, $"{list.Place}.{token}", value).Integer(MaxId);
            if (!vocabulary.TryAdd(token, id))
                throw new JsonNode(node.File, $"{list.Place}.{token}", value).Bad("the token stands twice");
        }
        return vocabulary;
    }
}
