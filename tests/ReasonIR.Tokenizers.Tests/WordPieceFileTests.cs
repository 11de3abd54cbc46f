using Xunit;

namespace ReasonIR.Tokenizers.Tests;

public sealed class WordPieceFileTests
{
    [Fact]
    public void A_written_vocabulary_loads_and_sees_the_words_that_the_counter_saw()
    {
        var counter = new WordCounter();
        const string text = "Caf\u00E9s, \"quoted\\\" words\u2014and <tags> \U00010400; caf\u00E9s 3.5";
        counter.Add(text);
        Assert.Equal(2, counter.Counts["cafes"]);
        var tokenizer = Tokenizer.Parse(WordPieceFile.Write([.. WordPieceFile.SpecialTokens, .. counter.Counts.Keys]));
        var ids = tokenizer.EncodeIds(text, addSpecialTokens: false);
        Assert.Equal(counter.Counts.Values.Sum(), ids.Length);
        Assert.DoesNotContain(1, ids);
        Assert.Equal("cafes, \" quoted", tokenizer.Decode(ids[..4]));
    }

    [Fact]
    public void A_vocabulary_without_the_special_tokens_or_with_a_token_twice_is_refused()
    {
        Assert.Throws<ArgumentException>(() => WordPieceFile.Write(["a"]));
        Assert.Contains("'x'", Assert.Throws<ArgumentException>(() => WordPieceFile.Write([.. WordPieceFile.SpecialTokens, "x", "x"])).Message);
    }
}
