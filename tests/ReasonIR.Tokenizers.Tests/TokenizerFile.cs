using System.Text.Json;
using System.Text.Json.Nodes;

namespace ReasonIR.Tokenizers.Tests;

/// <summary>A small tokenizer.json in a folder of its own, with changes to try.</summary>
sealed class TokenizerFile : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("reasonir-tokenizer-").FullName;

    public TokenizerFile(Action<JsonNode>? change = null)
    {
        string[] vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##able", "##s", "able", "the", "cat", "##\U00010428", "x", "##x", ",", "'", "s", "\u4F60", "$", "cafe", "i", "\u0307"];
        var root = JsonNode.Parse("""
            {"version":"1.0","truncation":null,"padding":null,
             "added_tokens":[{"id":0,"content":"[PAD]","special":true},{"id":1,"content":"[UNK]","special":true},{"id":2,"content":"[CLS]","special":true},
               {"id":3,"content":"[SEP]","special":true},{"id":4,"content":"[MASK]","special":true,"lstrip":true}],
             "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
             "pre_tokenizer":{"type":"BertPreTokenizer"},
             "post_processor":{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]},
             "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
             "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":20,"vocab":{}}}
            """)!;
        foreach (var (id, token) in vocabulary.Index())
            root["model"]!["vocab"]![token] = id;
        change?.Invoke(root);
        Path = System.IO.Path.Combine(folder, "tokenizer.json");
        File.WriteAllText(Path, root.ToJsonString());
    }

    public string Path { get; }

    public Tokenizer Load() => Tokenizer.Load(Path);

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
