using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using ReasonIR.Tokenizers.Training;
using Xunit;

namespace ReasonIR.Tokenizers.Tests.Bpe;

/// <summary>Byte-level BPE over a vocabulary trained here, so that no case depends on a published one.</summary>
public sealed class ByteLevelTests
{
    static readonly string[] Corpus =
    [
        "The cat sat on the mat. The cats' mats don't matter, they've said; it's 12345 or 2,024.", "Caf\u00E9 na\u00EFve r\u00E9sum\u00E9 \U0001F600\U0001F600 \u4F60\u597D \u4F60\u597D",
        "then there that this these those\r\n\r\n  indented\tand tabbed   ", "\u043F\u0440\u0438\u0432\u0435\u0442 \u043C\u0438\u0440, \u043F\u0440\u0438\u0432\u0435\u0442!",
    ];

    static readonly string[] Bits =
    [
        "the", "Cat", " ", "  ", "\t", "\r\n", "\n", "\u0085", "\u00A0", "\u3000", "\u200B", "\u180E", "'s", "'S", "'\u017F", "'ll", "'Re", "'", "1", "2345", "\u00BD", "\u2167",
        "\U0001D7D7\U0001D7D8", "\U00010400", "\U00020000", "\U0001F600", "e\u0301", "\u4F60", "$", "--", "_", "<|end|>", "\u0120", "caf\u00E9", "\uFFFD", "\0", "matmatmatmat",
    ];

    static readonly Gen<string> WellFormed = Gen.Elements(Bits).ListOf().Select(string.Concat);

    static readonly Gen<string> Any = Gen.OneOf(Gen.Elements(Bits), Gen.Elements("\uD800", "\uDFFF"), ArbMap.Default.GeneratorFor<char>().Select(c => c.ToString())).ListOf().Select(string.Concat);

    static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(1000);

    static Tokenizer Trained(WordPattern pattern, bool space = false) => Tokenizer.Parse(BpeFile.Write(
        BpeTrainer.Train(Corpus, new(420, Pattern: pattern) { SpecialTokens = ["<|begin|>", "<|end|>"], AddPrefixSpace = space }, TestContext.Current.CancellationToken), "<|begin|>"));

    /// <summary>The pass for ids alone is other code than the stages.</summary>
    [Theory]
    [InlineData(WordPattern.Gpt2, false)]
    [InlineData(WordPattern.Gpt2, true)]
    [InlineData(WordPattern.Llama3, false)]
    [InlineData(WordPattern.Qwen2, false)]
    public void The_fast_path_equals_the_stages(WordPattern pattern, bool space)
    {
        var tokenizer = Trained(pattern, space);
        Prop.ForAll(Any.ToArbitrary(), text => tokenizer.EncodeIds(text).SequenceEqual(tokenizer.Encode(text).Ids)).Check(Many);
    }

    /// <summary>A glance tells that most texts need no normalization: it must never be wrong.</summary>
    [Fact]
    public void The_fast_path_equals_the_stages_behind_NFC()
    {
        var root = System.Text.Json.Nodes.JsonNode.Parse(BpeFile.Write(BpeTrainer.Train(Corpus, new(420, Pattern: WordPattern.Qwen2), TestContext.Current.CancellationToken)))!;
        root["normalizer"] = new System.Text.Json.Nodes.JsonObject { ["type"] = "NFC" };
        var tokenizer = Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(root.ToJsonString()));
        string[] composing =
        [
            "a", "e\u0301", "\u0301", "\u0323", "\u1E9B", "\u212B", "\u2126", "\u0958", "\u0915", "\u093C", "\u1100", "\u1161", "\u11A8", "\uAC00", "\uAC01", "\u0344", "\u0F73",
            "\u03B1", "\u0430", "\u4E2D", "\uF900", "\U0001D15E", "\U00011099", "\U000110BA", "\U0002F800", "\U00020000", "\U0001F600", "\uD800", "\uDC00", " ",
        ];
        var mixed = Gen.OneOf(Gen.Elements(composing), ArbMap.Default.GeneratorFor<char>().Select(c => c.ToString())).ListOf().Select(string.Concat);
        Prop.ForAll(mixed.ToArbitrary(), text => tokenizer.EncodeIds(text).SequenceEqual(tokenizer.Encode(text).Ids)).Check(Many);
        var known = Gen.Elements(composing.Where(bit => !char.IsSurrogate(bit, 0) || bit.Length == 2).ToArray()).ListOf().Select(string.Concat);
        Prop.ForAll(known.ToArbitrary(), text => tokenizer.Decode(tokenizer.EncodeIds(text)) == text.Normalize(NormalizationForm.FormC)).Check(Many);
    }

    [Theory]
    [InlineData(WordPattern.Gpt2)]
    [InlineData(WordPattern.Llama3)]
    [InlineData(WordPattern.Qwen2)]
    public void Any_text_comes_back_from_its_ids(WordPattern pattern)
    {
        var tokenizer = Trained(pattern);
        Prop.ForAll(WellFormed.ToArbitrary(), text =>
            tokenizer.Decode(tokenizer.EncodeIds(text, addSpecialTokens: false), skipSpecialTokens: false) == text).Check(Many);
        Assert.Equal("a\uFFFDb", tokenizer.Decode(tokenizer.EncodeIds("a\uD800b")));
    }

    /// <summary>
    /// The scanners against .NET's regular expressions, which see UTF-16 units: each character outside the basic plane is put for one of the
    /// same kind inside it.
    /// </summary>
    [Theory]
    [InlineData(WordPattern.Gpt2, @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    [InlineData(WordPattern.Llama3, @"'(?:[sStTmMdD\u017F]|[rR][eE]|[vV][eE]|[lL][lL])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData(WordPattern.Qwen2, @"'(?:[sStTmMdD\u017F]|[rR][eE]|[vV][eE]|[lL][lL])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    public void Words_are_the_matches_of_the_pattern(WordPattern pattern, string expression)
    {
        var regex = new Regex(expression, RegexOptions.CultureInvariant);
        Prop.ForAll(WellFormed.ToArbitrary(), text =>
        {
            var basic = string.Concat(text.EnumerateRunes().Select(rune => rune.IsBmp ? rune.ToString() : Stand(rune)));
            var expected = regex.Matches(basic).Select(match => match.Length).ToArray();
            return basic.Length == expected.Sum() && expected.SequenceEqual(WordLengths(pattern, text));
        }).Check(Many.WithMaxTest(300));

        static string Stand(Rune rune) => Rune.IsLetter(rune) ? "\u0431" : Rune.IsDigit(rune) ? "7" : "\u2605";
    }

    /// <summary>Lengths of the words in code points, from a tokenizer in which every word of the text is a token.</summary>
    static IEnumerable<int> WordLengths(WordPattern pattern, string text)
    {
        var vocabulary = BpeTrainer.Train([text], new(100_000, MinFrequency: 1, pattern));
        return Tokenizer.Parse(BpeFile.Write(vocabulary)).Encode(text).Offsets.Select(offset => offset.End - offset.Start);
    }

    /// <summary>Words of more symbols than the scan takes go through the heap.</summary>
    [Fact]
    public void Long_words_are_merged_like_short_ones()
    {
        var corpus = Gen.Elements("la", "lala", "lal", "al", "a", "ll").ListOf().Select(string.Concat).Resize(200);
        Prop.ForAll(corpus.ToArbitrary(), word =>
        {
            var vocabulary = BpeTrainer.Train([word], new(300, Pattern: WordPattern.Gpt2));
            var symbols = word.Select(letter => letter.ToString()).ToList();
            foreach (var (left, right) in vocabulary.Merges)
                for (var i = 0; i + 1 < symbols.Count; i++)
                    if (symbols[i] == vocabulary.Tokens[left] && symbols[i + 1] == vocabulary.Tokens[right])
                    {
                        symbols[i] += symbols[i + 1];
                        symbols.RemoveAt(i + 1);
                    }
            var tokenizer = Tokenizer.Parse(BpeFile.Write(vocabulary));
            return symbols.SequenceEqual(tokenizer.Encode(word).Tokens) && symbols.Count == tokenizer.EncodeIds(word).Length;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithEndSize(200));
    }

    /// <summary>By processor time, which other work does not count in: a loop over all symbols for each merge would take the better part of an hour.</summary>
    [Fact]
    public void A_megabyte_without_a_space_is_merged_in_seconds()
    {
        var random = new System.Random(4);
        var word = string.Concat(Enumerable.Range(0, 1_000_000).Select(_ => "themat"[random.Next(6)]));
        var tokenizer = Trained(WordPattern.Llama3);
        var before = Environment.CpuUsage.TotalTime;
        var ids = tokenizer.EncodeIds(word);
        Assert.InRange((Environment.CpuUsage.TotalTime - before).TotalSeconds, 0, 60);
        Assert.InRange(ids.Length, 100_000, 950_000);
        Assert.Equal(word, tokenizer.Decode(ids));
    }

    [Fact]
    public async Task Threads_share_one_tokenizer()
    {
        var (alone, shared) = (Trained(WordPattern.Llama3), Trained(WordPattern.Llama3));
        var random = new System.Random(7);
        // More distinct words than the cache has places for, so that threads push out each other's entries.
        var texts = Enumerable.Range(0, 100).Select(_ => string.Join(' ', Enumerable.Range(0, 800).Select(_ => $"{Bits[random.Next(Bits.Length)]}{random.Next(100_000):x}"))).ToArray();
        var expected = texts.Select(text => alone.EncodeIds(text)).ToArray();
        var together = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => texts.Select(text => shared.EncodeIds(text)).ToArray())));
        Assert.All(together, result => Assert.All(result.Zip(expected), pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second))));
    }
}
