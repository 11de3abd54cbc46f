using FsCheck;
using FsCheck.Fluent;
using ReasonIR.Tokenizers.Training;
using Xunit;

namespace ReasonIR.Tokenizers.Tests.Bpe;

public sealed class BpeTrainerTests
{
    static readonly string[] Texts =
    [
        "The cat sat on the mat, and the cats' 12345 mats don't matter.", "Le caf\u00E9 \u00E9tait ferm\u00E9 \U0001F600\U0001F600\r\n\r\nla la lala lalala",
        "the the the  then\tthere 2024 2025 2026", "\u4F60\u597D\u4F60\u597D \u043F\u0440\u0438\u0432\u0435\u0442 aaaaaaaaaaaaa",
    ];

    static BpeVocabulary Train(IEnumerable<string> texts, BpeTrainerOptions options) => BpeTrainer.Train(texts, options, TestContext.Current.CancellationToken);

    [Fact]
    public void The_most_frequent_pair_is_merged_first_and_of_equals_the_one_with_the_smaller_ids()
    {
        var vocabulary = Train(["xy xy xy ab ab cd cd"], new(263, MinFrequency: 2, WordPattern.Gpt2) { SpecialTokens = ["<s>"] });

        // xy three times, the others twice; the space's character, U+0120, has a larger id than the letters.
        Assert.Equal(["xy", "ab", "cd", "\u0120xy", "\u0120ab", "\u0120cd"], vocabulary.Tokens.Skip(257));
        Assert.Equal("<s>", vocabulary.Tokens[0]);
        Assert.Equal("!", vocabulary.Tokens[1]);
    }

    [Fact]
    public void Training_ends_where_no_pair_is_frequent_enough()
    {
        Assert.Equal(256, Train(["abc def"], new(1000)).Tokens.Count);
        Assert.Equal(257, Train(["abab"], new(1000)).Tokens.Count);
        Assert.Equal(256, Train([], new(1000)).Tokens.Count);
    }

    /// <summary>The heap and the running counts against counting everything anew for each merge.</summary>
    [Fact]
    public void The_trainer_agrees_with_one_that_counts_anew_for_each_merge()
    {
        var texts = Gen.Elements('a', 'b', 'c', ' ', '1', '\u00E9').ListOf().Select(letters => string.Concat(letters)).ListOf().Resize(60);
        Prop.ForAll(texts.ToArbitrary(), corpus =>
        {
            var trained = Train(corpus, new(300, Pattern: WordPattern.Gpt2));
            return trained.Merges.Select(m => (trained.Tokens[m.Left], trained.Tokens[m.Right])).SequenceEqual(NaiveMerges(corpus, 44, 2, trained.Tokens.Take(256).ToList()));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    static List<(string, string)> NaiveMerges(IList<string> corpus, int most, int minFrequency, List<string> ids)
    {
        // Words by the vocabulary's own tokenizer without merges: a byte a token, cut by the file's pattern.
        var bytes = Tokenizer.Parse(BpeFile.Write(new(ids, [], 0, WordPattern.Gpt2, false)));
        var words = corpus.SelectMany(text => System.Text.RegularExpressions.Regex.Matches(text, @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"))
            .Select(match => bytes.Encode(match.Value).Tokens.ToList()).ToList();
        var merges = new List<(string, string)>();
        while (merges.Count < most)
        {
            var counts = new Dictionary<(string Left, string Right), int>();
            foreach (var word in words)
                for (var i = 0; i + 1 < word.Count; i++)
                    counts[(word[i], word[i + 1])] = counts.GetValueOrDefault((word[i], word[i + 1])) + 1;
            var best = counts.Where(pair => pair.Value >= minFrequency).OrderByDescending(pair => pair.Value)
                .ThenBy(pair => ids.IndexOf(pair.Key.Left)).ThenBy(pair => ids.IndexOf(pair.Key.Right)).FirstOrDefault();
            if (best.Value == 0)
                break;
            merges.Add(best.Key);
            ids.Add(best.Key.Left + best.Key.Right);
            foreach (var word in words)
                for (var i = 0; i + 1 < word.Count; i++)
                    if ((word[i], word[i + 1]) == best.Key)
                    {
                        word[i] += word[i + 1];
                        word.RemoveAt(i + 1);
                    }
        }
        return merges;
    }

    [Fact]
    public void The_order_of_the_texts_does_not_matter()
    {
        var options = new BpeTrainerOptions(330);
        Assert.Equal(Train(Texts, options).Tokens, Train(Texts.Reverse(), options).Tokens);
    }

    [Theory]
    [InlineData(WordPattern.Gpt2, false)]
    [InlineData(WordPattern.Gpt2, true)]
    [InlineData(WordPattern.Llama3, false)]
    [InlineData(WordPattern.Qwen2, false)]
    public void A_written_vocabulary_loads_and_gives_texts_back(WordPattern pattern, bool space)
    {
        var vocabulary = Train(Texts, new(400, Pattern: pattern) { SpecialTokens = ["<|begin|>", "<|end|>", "<|pad|>"], AddPrefixSpace = space });
        var tokenizer = Tokenizer.Parse(BpeFile.Write(vocabulary, "<|begin|>", "<|end|>"));

        Assert.Equal(vocabulary.Tokens.Count, tokenizer.VocabularySize);
        foreach (var text in Texts)
        {
            var ids = tokenizer.EncodeIds(text);
            Assert.Equal((0, 1), (ids[0], ids[^1]));
            Assert.Equal((space ? " " : "") + text, tokenizer.Decode(ids));
            Assert.True(ids.Length < System.Text.Encoding.UTF8.GetByteCount(text));
        }
        Assert.Equal([0, 0, 0, 1, 1, 1], tokenizer.Encode("the", "the").TypeIds);
        Assert.Equal("<|begin|>the<|pad|><|end|>", tokenizer.Decode(tokenizer.EncodeIds("the<|pad|>"), skipSpecialTokens: false).Replace(" the", "the", StringComparison.Ordinal));
    }

    [Fact]
    public void A_special_token_spelled_like_a_word_keeps_its_id()
    {
        var vocabulary = Train(["the the the"], new(300, Pattern: WordPattern.Gpt2) { SpecialTokens = ["the"] });
        Assert.Equal(0, vocabulary.Tokens.ToList().IndexOf("the"));
        Assert.Single(vocabulary.Tokens, "the");
        Assert.Equal(vocabulary.Tokens.Count, Tokenizer.Parse(BpeFile.Write(vocabulary)).VocabularySize);
    }

    [Fact]
    public void Settings_that_cannot_be_are_refused()
    {
        Assert.Contains("256 bytes", Assert.Throws<ArgumentException>(() => Train([], new(256) { SpecialTokens = ["<s>"] })).Message);
        Assert.Contains("twice", Assert.Throws<ArgumentException>(() => Train([], new(300) { SpecialTokens = ["<s>", "<s>"] })).Message);
        Assert.Contains("prefix space", Assert.Throws<ArgumentException>(() => Train([], new(300) { AddPrefixSpace = true })).Message);
        Assert.Contains("<s>", Assert.Throws<ArgumentException>(() => BpeFile.Write(Train([], new(300)), "<s>")).Message);
    }
}
