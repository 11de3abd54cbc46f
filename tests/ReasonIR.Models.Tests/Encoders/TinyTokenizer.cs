namespace ReasonIR.Models.Tests.Encoders;

/// <summary>A WordPiece of the letters: [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, then the letters and their continuations. Pairs as BERT has them.</summary>
static class TinyTokenizer
{
    public static int Letter(char letter) => 4 + letter - 'a';

    public static object Json()
    {
        var vocabulary = new Dictionary<string, int>();
        foreach (var token in (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", .. Enumerable.Range('a', 26).Select(c => $"{(char)c}"), .. Enumerable.Range('a', 26).Select(c => $"##{(char)c}")])
            vocabulary.Add(token, vocabulary.Count);
        object Special(string content) => new { id = vocabulary[content], content, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true };
        object Marker(string id, int type) => new { SpecialToken = new { id, type_id = type } };
        object Sequence(string id, int type) => new { Sequence = new { id, type_id = type } };
        return new
        {
            version = "1.0",
            truncation = (object?)null,
            padding = (object?)null,
            added_tokens = new[] { Special("[PAD]"), Special("[UNK]"), Special("[CLS]"), Special("[SEP]") },
            normalizer = new { type = "BertNormalizer", clean_text = true, handle_chinese_chars = true, strip_accents = (bool?)null, lowercase = false },
            pre_tokenizer = new { type = "BertPreTokenizer" },
            post_processor = new
            {
                type = "TemplateProcessing",
                single = new[] { Marker("[CLS]", 0), Sequence("A", 0), Marker("[SEP]", 0) },
                pair = new[] { Marker("[CLS]", 0), Sequence("A", 0), Marker("[SEP]", 0), Sequence("B", 1), Marker("[SEP]", 1) },
                special_tokens = new Dictionary<string, object>
                {
                    ["[CLS]"] = new { id = "[CLS]", ids = new[] { 2 }, tokens = new[] { "[CLS]" } },
                    ["[SEP]"] = new { id = "[SEP]", ids = new[] { 3 }, tokens = new[] { "[SEP]" } },
                },
            },
            decoder = new { type = "WordPiece", prefix = "##", cleanup = true },
            model = new { type = "WordPiece", unk_token = "[UNK]", continuing_subword_prefix = "##", max_input_chars_per_word = 100, vocab = vocabulary },
        };
    }
}
