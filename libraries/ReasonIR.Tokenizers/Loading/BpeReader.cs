using System.Text.Json;
using ReasonIR.Tokenizers.Models;
using ReasonIR.Tokenizers.Models.Bpe;

namespace ReasonIR.Tokenizers.Loading;

/// <summary>A model of type BPE: its merges as strings (<c>"a b"</c>) or as pairs (<c>["a","b"]</c>), which stand for ids from here on.</summary>
static class BpeReader
{
    public static BpeModel Read(JsonNode node, Dictionary<string, int> tokens)
    {
        if (node.Find("dropout") is { } dropout && dropout.Element is not { ValueKind: JsonValueKind.Number } || node.Find("dropout")?.Element.GetDouble() > 0)
            throw new NotSupportedException($"{node.File}: {node.Place}.dropout: dropout draws other tokens each time and is not supported; null or 0 was expected.");
        var options = new BpeOptions(
            node.Find("unk_token")?.Text(), node.Find("continuing_subword_prefix")?.Text() ?? "", node.Find("end_of_word_suffix")?.Text() ?? "",
            Flag("fuse_unk"), Flag("byte_fallback"), Flag("ignore_merges"));
        var vocabulary = new Vocabulary(tokens);
        return new(vocabulary, Merges(node.Get("merges"), vocabulary, options.ContinuingPrefix.Length), options);

        bool Flag(string field) => node.Find(field)?.Boolean() ?? false;
    }

    static MergeTable Merges(JsonNode list, Vocabulary vocabulary, int prefix)
    {
        if (list.Element.ValueKind != JsonValueKind.Array)
            throw list.Bad("an array was expected");
        var table = new MergeTable(list.Element.GetArrayLength());
        var text = new MergeText();
        var (index, rank) = (0, 0);
        // Hundreds of thousands of them: no strings, and places are written out only for errors.
        foreach (var item in list.Element.EnumerateArray())
        {
            var at = index++;
            if (!text.Read(item))
            {
                if (item.ValueKind == JsonValueKind.String && item.GetString()!.StartsWith("#version", StringComparison.Ordinal))
                    continue;
                throw Bad(at, "two tokens were expected, as \"a b\" or [\"a\", \"b\"]");
            }
            if (text.Left.Length == 0 || text.Right.Length <= prefix)
                throw Bad(at, "a part is empty");
            var (left, right) = (vocabulary.Id(text.Left), vocabulary.Id(text.Right));
            if (left < 0 || right < 0)
                throw Bad(at, $"the token '{(left < 0 ? text.Left : text.Right)}' is missing in the vocabulary");
            var result = vocabulary.Id(text.Joined(prefix));
            if (result < 0)
                throw Bad(at, $"the token '{text.Joined(prefix)}', which it gives, is missing in the vocabulary");
            if (!table.TryAdd(left, right, rank++, result))
                throw Bad(at, $"the merge of '{text.Left}' and '{text.Right}' stands twice");
        }
        return table;

        InvalidDataException Bad(int at, string what) => new JsonNode(list.File, $"{list.Place}[{at}]", default).Bad(what);
    }
}
