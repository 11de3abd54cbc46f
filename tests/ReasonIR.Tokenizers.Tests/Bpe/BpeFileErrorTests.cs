using System.Text.Json.Nodes;
using ReasonIR.Tokenizers.Training;
using Xunit;

namespace ReasonIR.Tokenizers.Tests.Bpe;

/// <summary>Files that are broken or meant to harm: an error that says where, and little memory.</summary>
public sealed class BpeFileErrorTests
{
    [Theory]
    [InlineData("""{"vocab":null}""", "model: 'vocab' is missing")]
    [InlineData("""{"merges":null}""", "model: 'merges' is missing")]
    [InlineData("""{"merges":{}}""", "model.merges: an array was expected")]
    [InlineData("""{"merges":["a b c"]}""", "model.merges[0]: two tokens were expected")]
    [InlineData("""{"merges":["a b",["a"]]}""", "model.merges[1]: two tokens were expected")]
    [InlineData("""{"merges":["a b",7]}""", "model.merges[1]: two tokens were expected")]
    [InlineData("""{"merges":["a b","b a","a b"]}""", "model.merges[2]: the merge of 'a' and 'b' stands twice")]
    [InlineData("""{"merges":["a c"]}""", "model.merges[0]: the token 'c' is missing")]
    [InlineData("""{"merges":["ab b"]}""", "model.merges[0]: the token 'abb', which it gives, is missing")]
    [InlineData("""{"merges":[" ab"]}""", "model.merges[0]: a part is empty")]
    [InlineData("""{"merges":[["ab",""]]}""", "model.merges[0]: a part is empty")]
    [InlineData("""{"vocab":{"a":0,"b":-1}}""", "model.vocab.b")]
    [InlineData("""{"vocab":{"a":0,"b":4000000000}}""", "model.vocab.b")]
    [InlineData("""{"vocab":{"a":0,"b":1.5}}""", "model.vocab.b")]
    [InlineData("""{"vocab":{"a":0,"b":"1"}}""", "model.vocab.b")]
    [InlineData("""{"vocab":{"a":0,"b":0},"merges":[]}""", "'a' and 'b' have the same id 0")]
    [InlineData("""{"ignore_merges":"yes"}""", "model.ignore_merges: true or false was expected")]
    [InlineData("""{"dropout":0.1}""", "dropout")]
    public void A_broken_model_is_refused_by_field(string change, string expected)
    {
        var error = Assert.ThrowsAny<Exception>(() => Load(change));
        Assert.True(error is InvalidDataException or NotSupportedException, error.ToString());
        Assert.Contains(expected, error.Message);
        Assert.StartsWith("tokenizer.json: ", error.Message);
    }

    [Theory]
    [InlineData("""{"model":{"type":"BPE","vocab":{"\ud800":0},"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a \ud800"]}}""")]
    public void A_string_that_is_no_Unicode_is_refused(string json) =>
        Assert.Contains("not valid Unicode", Assert.Throws<InvalidDataException>(() => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json))).Message);

    [Fact]
    public void Components_nested_without_end_are_refused()
    {
        var nested = string.Concat(Enumerable.Repeat("""{"type":"Sequence","normalizers":[""", 500)) + string.Concat(Enumerable.Repeat("]}", 500));
        var json = $$"""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"normalizer":{{nested}}}""";
        Assert.Contains("not valid JSON", Assert.Throws<InvalidDataException>(() => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json))).Message);
    }

    [Fact]
    public void One_huge_id_costs_no_table()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var tokenizer = Load("""{"vocab":{"a":0,"b":16000000,"ab":7,"ba":8}}""");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        Assert.Equal(16_000_001, tokenizer.VocabularySize);
        Assert.Equal("b", tokenizer.IdToToken(16_000_000));
        Assert.Null(tokenizer.IdToToken(15_999_999));
        Assert.Equal([7, 16_000_000], tokenizer.EncodeIds("abb"));
    }

    [Fact]
    public void Merges_that_give_each_other_s_parts_end()
    {
        // A merge always shortens the word, whatever order the file has them in.
        var tokenizer = Load("""{"vocab":{"a":0,"aa":1,"aaaa":2,"aaa":3},"merges":["aa aa","a aa","aa a","a a"]}""");
        Assert.Equal(9, tokenizer.Encode("aaaaaaaaa").Tokens.Sum(token => token.Length));
        Assert.Equal(tokenizer.Encode(new string('a', 1000)).Ids, tokenizer.EncodeIds(new string('a', 1000)));
    }

    static Tokenizer Load(string change)
    {
        var root = JsonNode.Parse(BpeFile.Write(BpeTrainer.Train([], new(256), CancellationToken.None)))!;
        var model = JsonNode.Parse("""{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"ba":3},"merges":["a b"]}""")!;
        foreach (var (field, value) in JsonNode.Parse(change)!.AsObject())
            model[field] = value?.DeepClone();
        (root["model"], root["pre_tokenizer"], root["post_processor"], root["decoder"]) = (model, null, null, null);
        return Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(root.ToJsonString()));
    }
}
