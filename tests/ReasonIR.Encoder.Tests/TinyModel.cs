using System.Text;
using ReasonIR.Models.StaticEmbeddings;

namespace ReasonIR.Encoder.Tests;

/// <summary>A static model of four words and two dimensions, as a folder.</summary>
static class TinyModel
{
    const string Tokenizer = """
        {"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":0,"content":"[UNK]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
        "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
        "pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":null,"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
        "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[UNK]":0,"moon":1,"sea":2,"salt":3}}}
        """;

    /// <summary>Writes the folder: moon lies along the first axis, sea along the second, salt between them.</summary>
    public static string Save(string parent)
    {
        var folder = Path.Combine(parent, "tiny");
        StaticModelWriter.Save(folder, new(Encoding.UTF8.GetBytes(Tokenizer), new float[] { 0, 0, 2, 0, 0, 3, 1, 1 }, 2, "A tiny model for tests."));
        return folder;
    }
}
