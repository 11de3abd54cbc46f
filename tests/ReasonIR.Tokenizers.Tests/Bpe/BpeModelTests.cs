using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ReasonIR.Tokenizers.Tests.Bpe;

/// <summary>The model alone: a tokenizer.json without any other stage.</summary>
public sealed class BpeModelTests
{
    [Fact]
    public void Characters_outside_the_vocabulary_are_left_out_or_unknown()
    {
        Assert.Equal([0, 2], Load("{}").EncodeIds("xaxxab"));
        Assert.Equal([9, 0, 9, 9, 2], Load("""{"unk_token":"?","vocab":{"a":0,"b":1,"ab":2,"ba":3,"?":9}}""").EncodeIds("xaxxab"));
        Assert.Equal([9, 0, 9, 2], Load("""{"unk_token":"?","fuse_unk":true,"vocab":{"a":0,"b":1,"ab":2,"ba":3,"?":9}}""").EncodeIds("xaxxab"));
        Assert.Contains("unk_token '?'", Assert.Throws<InvalidDataException>(() => Load("""{"unk_token":"?"}""").EncodeIds("x")).Message);
    }

    [Fact]
    public void Prefix_and_suffix_mark_the_places_of_a_word()
    {
        var tokenizer = Load("""{"continuing_subword_prefix":"##","end_of_word_suffix":"</w>","vocab":{"a":0,"##b":1,"##c</w>":2,"ab":3,"abc</w>":4,"a</w>":5},"merges":["a ##b","ab ##c</w>"]}""");
        Assert.Equal([4], tokenizer.EncodeIds("abc"));
        Assert.Equal([5], tokenizer.EncodeIds("a"));
        Assert.Equal([3], tokenizer.EncodeIds("abb"));
    }

    /// <summary>
    /// Where no merge crosses a space mark, words are merged apart. One merge that crosses it, of letters that no text has, makes the whole text
    /// one word, and must change nothing.
    /// </summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Words_at_space_marks_may_be_merged_apart(bool fuse, bool bytes)
    {
        const string mark = "\u2581";
        string[] merges = ["a b", $"{mark} a", $"{mark}a b", "b a", $"{mark} {mark}", $"{mark}{mark} {mark}{mark}", "ab a", "a a", "c \u00E9", $"{mark} ab", $"{mark}{mark} a"];
        string[] letters = ["?", mark, "a", "b", "c", "\u00E9", "q", "z", .. Enumerable.Range(0, bytes ? 256 : 0).Select(value => $"<0x{value:X2}>")];
        var (apart, whole) = (Model(merges), Model([.. merges, $"q {mark}", $"z {mark}z"]));

        var texts = Gen.Elements("a", "b", "c", "\u00E9", mark, mark + mark, "x", "\U0001F600", "ab", mark + "ab").ListOf().Select(string.Concat).Resize(80);
        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            var expected = whole.Encode(text);
            var found = apart.Encode(text);
            return found.Ids.SequenceEqual(expected.Ids) && found.Offsets.SequenceEqual(expected.Offsets)
                && apart.EncodeIds(text).SequenceEqual(expected.Ids) && apart.EncodeIds(text).SequenceEqual(expected.Ids);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

        Tokenizer Model(string[] merges)
        {
            var vocabulary = new JsonObject();
            foreach (var token in letters.Concat([mark + "z"]).Concat(merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal))))
                vocabulary.TryAdd(token, vocabulary.Count);
            return Load(new JsonObject
            {
                ["unk_token"] = "?", ["fuse_unk"] = fuse, ["byte_fallback"] = bytes, ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => JsonValue.Create(merge))]),
            }.ToJsonString());
        }
    }

    static Tokenizer Load(string change)
    {
        var model = JsonNode.Parse("""{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"ba":3},"merges":["a b"]}""")!;
        foreach (var (field, value) in JsonNode.Parse(change)!.AsObject())
            model[field] = value?.DeepClone();
        return Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(new JsonObject { ["version"] = "1.0", ["model"] = model }.ToJsonString()));
    }
}
