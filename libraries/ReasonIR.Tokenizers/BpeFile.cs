using System.Text.Encodings.Web;
using System.Text.Json;
using ReasonIR.Tokenizers.ByteLevel;
using ReasonIR.Tokenizers.Training;

namespace ReasonIR.Tokenizers;

/// <summary>Writes the tokenizer.json of a byte-level BPE vocabulary made here, in the layout of the model whose pattern it was trained with.</summary>
public static class BpeFile
{
    /// <param name="vocabulary">What <see cref="BpeTrainer"/> learned.</param>
    /// <param name="begin">A special token of the vocabulary to set before each text, as Llama 3 does; null: none.</param>
    /// <param name="end">One to set behind each text.</param>
    /// <returns>The file's bytes, the same for the same vocabulary; <see cref="Tokenizer.Parse"/> and Hugging Face's library read them.</returns>
    /// <exception cref="ArgumentException">A token of the template is none of the special tokens.</exception>
    public static byte[] Write(BpeVocabulary vocabulary, string? begin = null, string? end = null)
    {
        var special = vocabulary.Tokens.Take(vocabulary.SpecialTokens).ToList();
        if (new[] { begin, end }.FirstOrDefault(token => token is not null && !special.Contains(token)) is { } missing)
            throw new ArgumentException($"'{missing}' is none of the special tokens: {string.Join(", ", special)}.");
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            json.WriteStartArray("added_tokens");
            foreach (var (id, token) in special.Index())
                AddedToken(json, id, token);
            json.WriteEndArray();
            json.WriteNull("normalizer");
            json.WritePropertyName("pre_tokenizer");
            PreTokenizer(json, vocabulary);
            json.WritePropertyName("post_processor");
            PostProcessor(json, special, begin, end);
            json.WritePropertyName("decoder");
            ByteLevel(json, addPrefixSpace: true, trimOffsets: true, useRegex: true);
            json.WritePropertyName("model");
            Model(json, vocabulary);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    static void AddedToken(Utf8JsonWriter json, int id, string token)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", token);
        foreach (var flag in (string[])["single_word", "lstrip", "rstrip", "normalized"])
            json.WriteBoolean(flag, false);
        json.WriteBoolean("special", true);
        json.WriteEndObject();
    }

    static void PreTokenizer(Utf8JsonWriter json, BpeVocabulary vocabulary)
    {
        if (vocabulary.Pattern == WordPattern.Gpt2)
        {
            ByteLevel(json, vocabulary.AddPrefixSpace, trimOffsets: true, useRegex: true);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", WordPatterns.Regex(vocabulary.Pattern));
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        ByteLevel(json, addPrefixSpace: false, trimOffsets: true, useRegex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void PostProcessor(Utf8JsonWriter json, List<string> special, string? begin, string? end)
    {
        if (begin is null && end is null)
        {
            ByteLevel(json, addPrefixSpace: true, trimOffsets: false, useRegex: true);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("processors");
        ByteLevel(json, addPrefixSpace: true, trimOffsets: false, useRegex: true);
        json.WriteStartObject();
        json.WriteString("type", "TemplateProcessing");
        Template("single", ["A"]);
        Template("pair", ["A", "B"]);
        json.WriteStartObject("special_tokens");
        foreach (var token in new[] { begin, end }.OfType<string>().Distinct())
        {
            json.WriteStartObject(token);
            json.WriteString("id", token);
            json.WriteStartArray("ids");
            json.WriteNumberValue(special.IndexOf(token));
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(token);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();

        void Template(string name, string[] halves)
        {
            json.WriteStartArray(name);
            foreach (var (type, half) in halves.Index())
            {
                Piece("SpecialToken", begin, type);
                Piece("Sequence", half, type);
                Piece("SpecialToken", end, type);
            }
            json.WriteEndArray();
        }

        void Piece(string kind, string? id, int type)
        {
            if (id is null)
                return;
            json.WriteStartObject();
            json.WriteStartObject(kind);
            json.WriteString("id", id);
            json.WriteNumber("type_id", type);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    static void ByteLevel(Utf8JsonWriter json, bool addPrefixSpace, bool trimOffsets, bool useRegex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", addPrefixSpace);
        json.WriteBoolean("trim_offsets", trimOffsets);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    static void Model(Utf8JsonWriter json, BpeVocabulary vocabulary)
    {
        json.WriteStartObject();
        json.WriteString("type", "BPE");
        foreach (var absent in (string[])["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"])
            json.WriteNull(absent);
        foreach (var off in (string[])["fuse_unk", "byte_fallback", "ignore_merges"])
            json.WriteBoolean(off, false);
        json.WriteStartObject("vocab");
        foreach (var (id, token) in vocabulary.Tokens.Index())
            json.WriteNumber(token, id);
        json.WriteEndObject();
        // As strings: every version of the reference library reads them so, and the byte alphabet has no space.
        json.WriteStartArray("merges");
        foreach (var (left, right) in vocabulary.Merges)
            json.WriteStringValue($"{vocabulary.Tokens[left]} {vocabulary.Tokens[right]}");
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
