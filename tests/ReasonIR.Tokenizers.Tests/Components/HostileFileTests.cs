using System.Text.Json.Nodes;

namespace ReasonIR.Tokenizers.Tests.Components;

/// <summary>Broken and hostile parts of a tokenizer.json end in an error that names the place.</summary>
public sealed class HostileFileTests
{
    [Theory]
    [InlineData("", "0 bytes")]
    [InlineData("AAAA", "3 bytes")]
    [InlineData("/////wAAAAA=", "8 bytes")]
    [InlineData("BAAAAAAAAIA=", "points at byte 0")]
    [InlineData("BAAAAAD8/38=", "leads out of its 1 units")]
    [InlineData("not base64", "precompiled_charsmap")]
    public void A_broken_character_map_is_refused(string map, string expected) =>
        Refused<InvalidDataException>(root => root["normalizer"] = new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = map }, expected);

    [Theory]
    [InlineData("""{"type":"Unigram","unk_id":0,"vocab":[]}""", "empty")]
    [InlineData("""{"type":"Unigram","unk_id":2,"vocab":[["a",0],["b",-1]]}""", "unk_id 2")]
    [InlineData("""{"type":"Unigram","unk_id":0,"vocab":[["a",1e999]]}""", "model.vocab[0]")]
    [InlineData("""{"type":"Unigram","unk_id":0,"vocab":[["a",0],["b"]]}""", "model.vocab[1]")]
    [InlineData("""{"type":"Unigram","unk_id":0,"vocab":{"a":0}}""", "array")]
    public void A_broken_Unigram_model_is_refused(string model, string expected) =>
        Refused<InvalidDataException>(root => Alone(root, model), expected);

    [Theory]
    [InlineData("(a", "missing")]
    [InlineData("a)", "without its (")]
    [InlineData("[b-a]", "lies before its start")]
    [InlineData("*a", "nothing to repeat")]
    public void What_is_no_regular_expression_is_refused(string pattern, string expected) =>
        Refused<InvalidDataException>(root => Split(root, pattern), expected);

    [Theory]
    [InlineData(@"(.)\1", @"\1")]
    [InlineData(@"\X", @"\X")]
    [InlineData(@"(?(1)a|b)", "condition")]
    [InlineData(@"\p{Alphabetic}", "Alphabetic")]
    [InlineData(@"[[:alpha:]]", "alpha")]
    [InlineData("(?i)ss", "case folding")]
    [InlineData("(?s:.)", "group option")]
    public void A_construct_that_is_not_supported_is_named(string pattern, string expected) =>
        Refused<NotSupportedException>(root => Split(root, pattern), expected);

    static void Split(JsonNode root, string pattern) => root["pre_tokenizer"] = new JsonObject
    {
        ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated", ["invert"] = false,
    };

    internal static void Alone(JsonNode root, string model)
    {
        root["model"] = JsonNode.Parse(model);
        (root["added_tokens"], root["normalizer"], root["pre_tokenizer"], root["post_processor"], root["decoder"]) = (new JsonArray(), null, null, null, null);
    }

    static void Refused<TError>(Action<JsonNode> change, string expected) where TError : Exception
    {
        using var file = new TokenizerFile(change);
        var error = Assert.Throws<TError>(file.Load);
        Assert.Contains(expected, error.Message);
        Assert.Contains(file.Path, error.Message);
    }
}
