using FsCheck;
using FsCheck.Fluent;
using ReasonIR.Tokenizers.Limits;
using ReasonIR.Tokenizers.Training;
using Xunit;

namespace ReasonIR.Tokenizers.Tests.Bpe;

/// <summary>A byte a token: every character outside ASCII is several.</summary>
public sealed class TruncationTests
{
    static readonly Tokenizer Bytes = Tokenizer.Parse(BpeFile.Write(BpeTrainer.Train([], new(256, Pattern: WordPattern.Gpt2), CancellationToken.None)));

    [Theory]
    [InlineData(Side.Right)]
    [InlineData(Side.Left)]
    public void Truncation_to_whole_characters_never_splits_one(Side direction)
    {
        var texts = Gen.Elements("a", " ", "\u00E9", "\u4F60", "\U0001F600", "\u0301", "\U00010400", "1").ListOf().Select(string.Concat);
        Prop.ForAll(texts.ToArbitrary(), Gen.Choose(0, 20).ToArbitrary(), (text, length) =>
        {
            var cut = Bytes.With(new Truncation(length, Direction: direction, WholeCharacters: true)).Encode(text);
            var decoded = Bytes.Decode(cut.Ids);
            return cut.Count <= length && (direction == Side.Right ? text.StartsWith(decoded, StringComparison.Ordinal) : text.EndsWith(decoded, StringComparison.Ordinal))
                // No more is dropped than the character that does not fit.
                && (decoded.Length == text.Length || cut.Count + 4 > length);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void As_the_reference_cuts_the_part_of_a_character_that_fits_stays()
    {
        var cut = Bytes.With(new Truncation(3)).Encode("a\U0001F600b");
        Assert.Equal("a\uFFFD", Bytes.Decode(cut.Ids));
        Assert.Equal([new(0, 1), new(1, 2), new(1, 2)], cut.Offsets);
        Assert.Equal("a", Bytes.Decode(Bytes.With(new Truncation(3, WholeCharacters: true)).Encode("a\U0001F600b").Ids));
    }

    [Fact]
    public void Halves_of_a_pair_are_cut_to_whole_characters_too()
    {
        var cut = Bytes.With(new Truncation(6, WholeCharacters: true)).Encode("\u00E9\u00E9\u00E9", "\U0001F600\U0001F600");
        Assert.Equal([0, 0], cut.SequenceIds);
        Assert.Equal("\u00E9", Bytes.Decode(cut.Ids));
    }
}
