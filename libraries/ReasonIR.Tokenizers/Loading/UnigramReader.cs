using System.Text.Json;
using ReasonIR.Tokenizers.Models.Unigram;

namespace ReasonIR.Tokenizers.Loading;

/// <summary>A Unigram model: <c>vocab</c> is a list of pairs of a token and its score, their place the id.</summary>
static class UnigramReader
{
    public static UnigramModel Read(JsonNode node)
    {
        var list = node.Get("vocab");
        var vocabulary = new List<(string, double)>();
        // A quarter of a million entries: a node with a name of its own only where one is broken.
        foreach (var item in list.Elements(ModelReader.MaxId))
        {
            if (item.ValueKind != JsonValueKind.Array || item.GetArrayLength() != 2
                || item[1].ValueKind != JsonValueKind.Number || !item[1].TryGetDouble(out var score) || !double.IsFinite(score))
                throw new JsonNode(list.File, $"{list.Place}[{vocabulary.Count}]", item).Bad("a token and its score, a finite number, were expected");
            vocabulary.Add((new JsonNode(list.File, list.Place, item[0]).Text(), score));
        }
        return new(vocabulary, node.Find("unk_id")?.Integer(), node.Find("byte_fallback")?.Boolean() ?? false);
    }
}
