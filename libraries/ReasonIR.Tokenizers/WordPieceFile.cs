using System.Text.Encodings.Web;
using System.Text.Json;

namespace ReasonIR.Tokenizers;

/// <summary>Writes the tokenizer.json of a lower-casing WordPiece tokenizer as BERT has it, for a vocabulary made here.</summary>
public static class WordPieceFile
{
    /// <summary>The special tokens, which stand at the start of every vocabulary in this order.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <param name="vocabulary">All tokens in the order of their ids, <see cref="SpecialTokens"/> first, continuing ones with <c>##</c>.</param>
    /// <returns>The file's bytes, the same for the same vocabulary.</returns>
    /// <exception cref="ArgumentException">The vocabulary does not begin with the special tokens, or a token stands twice.</exception>
    public static byte[] Write(IReadOnlyList<string> vocabulary)
    {
        if (!vocabulary.Take(SpecialTokens.Count).SequenceEqual(SpecialTokens))
            throw new ArgumentException($"The vocabulary must begin with {string.Join(' ', SpecialTokens)}.", nameof(vocabulary));
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            json.WriteStartArray("added_tokens");
            for (var id = 0; id < SpecialTokens.Count; id++)
                json.WriteRawValue($$"""{"id":{{id}},"content":"{{SpecialTokens[id]}}","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}""");
            json.WriteEndArray();
            json.WritePropertyName("normalizer");
            json.WriteRawValue("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""");
            json.WritePropertyName("pre_tokenizer");
            json.WriteRawValue("""{"type":"BertPreTokenizer"}""");
            json.WritePropertyName("post_processor");
            json.WriteRawValue("""{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]}""");
            json.WritePropertyName("decoder");
            json.WriteRawValue("""{"type":"WordPiece","prefix":"##","cleanup":true}""");
            json.WriteStartObject("model");
            json.WriteString("type", "WordPiece");
            json.WriteString("unk_token", "[UNK]");
            json.WriteString("continuing_subword_prefix", "##");
            json.WriteNumber("max_input_chars_per_word", 100);
            json.WriteStartObject("vocab");
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (id, token) in vocabulary.Index())
            {
                if (!seen.Add(token))
                    throw new ArgumentException($"The token '{token}' stands twice.", nameof(vocabulary));
                json.WriteNumber(token, id);
            }
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
