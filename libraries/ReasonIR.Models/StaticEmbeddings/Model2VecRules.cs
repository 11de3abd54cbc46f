using System.Text.Json;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Tokenizers;

namespace ReasonIR.Models.StaticEmbeddings;

/// <summary>
/// What the model2vec library does beyond sentence-transformers: it drops unknown tokens and reads 512 tokens of a text, of which it first
/// takes 512 times the median length of a token in characters. Holds for folders that are model2vec's alone; where modules.json names a
/// StaticEmbedding, sentence-transformers' reading holds.
/// </summary>
/// <param name="UnknownId">The unknown token, left out of the mean; null: the vocabulary has none.</param>
/// <param name="MaxCharacters">Unicode code points of a text that are tokenized.</param>
/// <param name="Normalize">config.json's normalize.</param>
sealed record Model2VecRules(int? UnknownId, int MaxCharacters, bool Normalize)
{
    public const string ModelType = "model2vec";

    public const int MaxTokens = 512;

    /// <param name="folder">A folder with model2vec's config.json and a tokenizer.json.</param>
    public static Model2VecRules Read(string folder, Tokenizer tokenizer)
    {
        using var json = JsonFile.Open(Path.Combine(folder, "config.json"));
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")));
        var unknown = file.RootElement.GetProperty("model").TryGetProperty("unk_token", out var token) && token.ValueKind == JsonValueKind.String ? tokenizer.TokenToId(token.GetString()!) : null;
        var lengths = Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.IdToToken).OfType<string>().Select(CodePoints).Order().ToList();
        var middle = lengths.Count / 2;
        var median = lengths.Count == 0 ? 0 : lengths.Count % 2 == 1 ? lengths[middle] : (lengths[middle - 1] + lengths[middle]) / 2;
        return new(unknown, MaxTokens * median, json.Boolean("normalize") ?? false);
    }

    /// <summary>The beginning of a text that is tokenized.</summary>
    public ReadOnlySpan<char> Beginning(ReadOnlySpan<char> text)
    {
        if (text.Length <= MaxCharacters)
            return text;
        var at = 0;
        for (var left = MaxCharacters; left > 0 && at < text.Length; left--)
            at += char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
        return text[..at];
    }

    static int CodePoints(string token) => token.Length - token.Count(char.IsLowSurrogate);
}
