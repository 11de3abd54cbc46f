using FsCheck;
using FsCheck.Fluent;
using ReasonIR.Tokenizers.Limits;
using Xunit;

namespace ReasonIR.Tokenizers.Tests;

public sealed class TokenizerTests
{
    [Fact]
    public void Words_are_cut_into_the_longest_pieces_and_point_back_at_their_code_points()
    {
        using var file = new TokenizerFile();
        var encoding = file.Load().Encode("\U0001F600 Unables, caf\u00E9");

        Assert.Equal(["[CLS]", "[UNK]", "un", "##able", "##s", ",", "cafe", "[SEP]"], encoding.Tokens);
        Assert.Equal(
            [new(0, 0), new(0, 1), new(2, 4), new(4, 8), new(8, 9), new(9, 10), new(11, 15), new(0, 0)],
            encoding.Offsets);
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 1], encoding.SpecialTokensMask);
        Assert.Equal([null, 0, 0, 0, 0, 0, 0, null], encoding.SequenceIds);
    }

    [Fact]
    public void A_word_with_an_unknown_part_or_too_many_characters_is_one_unknown_token()
    {
        using var file = new TokenizerFile();
        var tokenizer = file.Load();
        Assert.Equal([1], tokenizer.EncodeIds("unz", addSpecialTokens: false));
        Assert.Equal(20, tokenizer.EncodeIds(new string('x', 20), addSpecialTokens: false).Length);
        Assert.Equal([1], tokenizer.EncodeIds(new string('x', 21), addSpecialTokens: false));
        // Code points count, not UTF-16 units: 20 of them, 39 units.
        Assert.Equal(20, tokenizer.EncodeIds("x" + string.Concat(Enumerable.Repeat("\U00010400", 19)), addSpecialTokens: false).Length);
    }

    [Fact]
    public void Added_tokens_are_found_before_the_text_is_normalized()
    {
        using var file = new TokenizerFile();
        var encoding = file.Load().Encode("cat  [MASK]s [mask]", addSpecialTokens: false);
        Assert.Equal(["cat", "  [MASK]", "s", "[UNK]", "[UNK]", "[UNK]"], encoding.Tokens);
        Assert.Equal([10, 4, 16, 1, 1, 1], file.Load().EncodeIds("cat  [MASK]s [mask]", addSpecialTokens: false));
    }

    [Fact]
    public void A_file_s_own_limits_apply_to_Encode_and_can_be_replaced()
    {
        using var file = new TokenizerFile(root =>
        {
            root["truncation"] = System.Text.Json.Nodes.JsonNode.Parse("""{"direction":"Right","max_length":4,"strategy":"LongestFirst","stride":0}""");
            root["padding"] = System.Text.Json.Nodes.JsonNode.Parse("""{"strategy":{"Fixed":6},"direction":"Left","pad_to_multiple_of":null,"pad_id":0,"pad_type_id":0,"pad_token":"[PAD]"}""");
        });
        var tokenizer = file.Load();
        Assert.Equal([0, 0, 2, 9, 10, 3], tokenizer.Encode("the cat the cat").Ids);
        Assert.Equal([2, 9, 10, 9, 10, 3], tokenizer.With(null).Encode("the cat the cat").Ids);
        Assert.Equal([2, 10, 9, 3, 10, 3], tokenizer.With(new Truncation(6, TruncationStrategy.OnlySecond, Side.Left)).Encode("cat the", "the cat cat").Ids);
        Assert.Equal(6, tokenizer.EncodeIds("the cat the cat").Length);
    }

    [Theory]
    [InlineData("normalizer", "Romanize", "normalizer 'Romanize'")]
    [InlineData("pre_tokenizer", "Syllables", "pre-tokenizer 'Syllables'")]
    [InlineData("post_processor", "Rotate", "post-processor 'Rotate'")]
    [InlineData("decoder", "Transliterate", "decoder 'Transliterate'")]
    [InlineData("model", "Neural", "model 'Neural'")]
    public void A_component_that_is_not_known_is_named(string stage, string type, string expected)
    {
        using var file = new TokenizerFile(root => root[stage]!["type"] = type);
        var error = Assert.Throws<NotSupportedException>(file.Load);
        Assert.Contains(expected, error.Message);
        Assert.Contains(file.Path, error.Message);
    }

    [Fact]
    public void A_broken_file_is_refused_by_field()
    {
        Refused(root => root["model"]!["vocab"]!["the"] = -1, "model.vocab.the");
        Refused(root => root["model"]!["vocab"]!["the"] = 2000000000, "model.vocab.the");
        Refused(root => root["model"]!["unk_token"] = "[WHAT]", "[WHAT]");
        Refused(root => root["added_tokens"]![1]!["id"] = 0, "stands twice");
        Refused(root => root["added_tokens"]![1]!["id"] = 99, "in the vocabulary 1");
        Refused(root => root["version"] = "2.0", "2.0");
        Refused(root => root["post_processor"] = System.Text.Json.Nodes.JsonNode.Parse("""{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}}],"pair":[],"special_tokens":{}}"""), "special_tokens");

        static void Refused(Action<System.Text.Json.Nodes.JsonNode> change, string expected)
        {
            using var file = new TokenizerFile(change);
            Assert.Contains(expected, Assert.Throws<InvalidDataException>(file.Load).Message);
        }
    }

    [Fact]
    public void Text_that_is_not_JSON_is_refused_with_its_line()
    {
        using var file = new TokenizerFile();
        File.WriteAllText(file.Path, "{\n\"version\": ");
        Assert.Contains("line 2", Assert.Throws<InvalidDataException>(file.Load).Message);
    }

    /// <summary>The pass for ids alone is other code than the stages: any text, lone surrogates and control characters included, must give the same ids.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void The_fast_path_equals_the_stages(bool clean, bool lowercase)
    {
        using var file = new TokenizerFile(root =>
        {
            root["normalizer"]!["clean_text"] = clean;
            root["normalizer"]!["lowercase"] = lowercase;
        });
        var tokenizer = file.Load();
        string[] bits = ["the", "Cat", " ", "\u00A0", "\t", "\0", "\u000B", "x", "\u0130", "caf\u00E9", "e\u0301", "\u4F60", "$", "\u2014", "'s", "\uD800", "\uFFFD", "\uFFFE", "\U00010400", "\U0001F600", "\u200D", "unable", "[MASK]", "\u1E9B\u0323", "\uAC00"];
        var texts = Gen.OneOf(Gen.Elements(bits), ArbMap.Default.GeneratorFor<char>().Select(c => c.ToString())).ListOf().Select(string.Concat);
        Prop.ForAll(texts.ToArbitrary(), text =>
            tokenizer.EncodeIds(text).SequenceEqual(tokenizer.Encode(text).Ids)).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }
}
