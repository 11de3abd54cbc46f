using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using ReasonIR.Tokenizers.Normalizers;
using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.Tests.Components;

public sealed class ComponentTests
{
    static readonly string[] Bits =
    [
        "a", "E", "\u00E9", "e\u0301", "\u1EC7", "a\u0323\u0302", "\uFB01", "\u212B", "\u1E9B\u0323", "\uAC01", "\u1112\u1161\u11AB", "\u0344", "\u05BC\u05B4", "\U0001D15E",
        "\u0F71\u0F72\u0F74", "\u0130", " ", "  ", "\t", "\u2460", "\uFF21", "\U00020000", "\U0001F600", "\u0301", "x",
    ];

    static readonly Gen<string> Texts = Gen.Elements(Bits).ListOf().Select(string.Concat);

    static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(1000);

    [Theory]
    [InlineData(NormalizationForm.FormC)]
    [InlineData(NormalizationForm.FormD)]
    [InlineData(NormalizationForm.FormKC)]
    [InlineData(NormalizationForm.FormKD)]
    public void Normal_forms_are_those_of_Unicode(NormalizationForm form)
    {
        var normalizer = new UnicodeNormalizer(form);
        Prop.ForAll(Texts.ToArbitrary(), text => normalizer.Normalize(NormalizedText.From(text)).ToString() == text.Normalize(form)).Check(Many);
    }

    [Theory]
    [InlineData(NormalizationForm.FormC)]
    [InlineData(NormalizationForm.FormKD)]
    public void Offsets_never_go_back_and_lie_within_the_text(NormalizationForm form)
    {
        INormalizer normalizer = new SequenceNormalizer([new UnicodeNormalizer(form), new LowercaseNormalizer(), new StripNormalizer(true, true), new PrependNormalizer("\u2581")]);
        Prop.ForAll(Texts.ToArbitrary(), text =>
        {
            var result = normalizer.Normalize(NormalizedText.From(text));
            var (last, length) = (0, text.EnumerateRunes().Count());
            for (var i = 0; i < result.Length; i++)
            {
                var (start, end) = result.Source(i);
                if (start < last || end < start || end > length)
                    return false;
                last = start;
            }
            return true;
        }).Check(Many);
    }

    /// <summary>Matches as Oniguruma finds them: each is one token of a WordPiece vocabulary that knows none.</summary>
    [Theory]
    [InlineData(@"\p{L}", "a\U00010400\U0001F6001", "0-1 1-2")]
    [InlineData(@"[^\s\p{L}\p{N}]", "a \U0001F600\u0301", "2-3 3-4")]
    [InlineData(".", "a\n\U0001F600", "0-1 2-3")]
    [InlineData("(?i:k)", "kK\u212A", "0-1 1-2 2-3")]
    [InlineData("^a", "a\na\n", "0-1 2-3")]
    [InlineData("a{2}?", "aaaa", "0-2 2-4")]
    [InlineData(@"[a-z&&[^b]]", "abc", "0-1 2-3")]
    [InlineData("[^a-z&&[^b]]", "abcA", "1-2 3-4")]
    [InlineData("a++a", "aaa", "")]
    [InlineData(@"\w", "\u00B2a_\u200D", "0-1 1-2 2-3")]
    [InlineData(@"[\w]", "\u00B2a_", "1-2 2-3")]
    [InlineData(@"\s", "\u0085\u00A0\u200B\u180E", "0-1 1-2")]
    [InlineData(@"\p{Han}", "\u6F22a\U00020000", "0-1 2-3")]
    [InlineData("a{,2}", "aaa", "0-2 2-3")]
    public void Regular_expressions_see_characters(string pattern, string text, string expected)
    {
        using var file = new TokenizerFile(root =>
        {
            HostileFileTests.Alone(root, """{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[UNK]":0}}""");
            root["pre_tokenizer"] = new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Removed", ["invert"] = true };
        });
        Assert.Equal(expected, string.Join(' ', file.Load().Encode(text).Offsets.Select(range => $"{range.Start}-{range.End}")));
    }

    [Fact]
    public void Unigram_takes_the_best_path_and_joins_what_it_does_not_know()
    {
        using var file = new TokenizerFile(root => HostileFileTests.Alone(root,
            """{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",0],["b",0],["c",0],["d",0],["cd",1],["ab",2],["abc",5],["abcd",10]]}"""));
        var encoding = file.Load().Encode("abcdacdxx");
        Assert.Equal(["abcd", "a", "cd", "xx"], encoding.Tokens);
        Assert.Equal([8, 1, 5, 0], encoding.Ids);
        Assert.Equal(new TextRange(7, 9), encoding.Offsets[3]);
    }
}
