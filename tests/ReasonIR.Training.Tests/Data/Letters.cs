using System.Text.Json;
using ReasonIR.Models.Transformers;
using ReasonIR.Tokenizers;
using ReasonIR.Training.Data;

namespace ReasonIR.Training.Tests.Data;

/// <summary>A tokenizer over letters, and random examples.</summary>
static class Letters
{
    public static TextTokens Tokens { get; } = Open(64);

    public static TokenSettings Settings { get; } = new(Tokens.Hash, Tokens.MaxTokens, new("{instruction}: ", "q: ", "p: "));

    static TextTokens Open(int maxTokens)
    {
        var vocabulary = new Dictionary<string, int>();
        foreach (var token in (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", ":", .. Enumerable.Range('a', 26).Select(c => $"{(char)c}"), .. Enumerable.Range('a', 26).Select(c => $"##{(char)c}")])
            vocabulary.Add(token, vocabulary.Count);
        var path = Path.Combine(Path.GetTempPath(), $"letters-{Guid.NewGuid():N}.json");
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            version = "1.0",
            added_tokens = Array.Empty<object>(),
            normalizer = new { type = "BertNormalizer", clean_text = true, handle_chinese_chars = true, strip_accents = (bool?)null, lowercase = true },
            pre_tokenizer = new { type = "BertPreTokenizer" },
            post_processor = new { type = "BertProcessing", sep = new object[] { "[SEP]", 3 }, cls = new object[] { "[CLS]", 2 } },
            model = new { type = "WordPiece", unk_token = "[UNK]", continuing_subword_prefix = "##", max_input_chars_per_word = 100, vocab = vocabulary },
        }));
        try
        {
            return new(Tokenizer.Load(path), maxTokens);
        }
        finally
        {
            File.Delete(path);
        }
    }

    public static string Word(Random random, int letters) => string.Concat(Enumerable.Range(0, letters).Select(_ => (char)('a' + random.Next(26))));

    public static List<TextExample> Examples(int count, int seed, int texts = 40)
    {
        var random = new Random(seed);
        var pool = Enumerable.Range(0, texts).Select(_ => Word(random, random.Next(1, 60))).ToArray();
        return
        [
            .. Enumerable.Range(0, count).Select(i => new TextExample(
                i * 2, Word(random, 6), random.Next(2) == 0 ? "find" : null, [.. Passages(random.Next(1, 4))], [.. Passages(random.Next(0, 6))], random.Next(1, 4), random.Next(3) == 0 ? Word(random, 20) : null)),
        ];

        IEnumerable<TextPassage> Passages(int some) => Enumerable.Range(0, some).Select(_ => new TextPassage(pool[random.Next(texts)], random.Next(2) * random.NextInt64(), random.Next(4)));
    }
}

/// <summary>A folder that goes with the test.</summary>
sealed class TestFolder : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-data-");

    public string Path => folder.FullName;

    public string New() => folder.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName;

    public void Dispose() => folder.Delete(recursive: true);
}
