using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Tests.Seeds;

public sealed class WordsTests
{
    [Theory]
    [InlineData("One two three four five", "zero one, TWO three four six", 4, "one two three four")]
    [InlineData("a b c d e f", "c d e x d e f", 3, "c d e")]
    [InlineData("a b c d e f", "x d e f", 3, "d e f")]
    [InlineData("one two three", "three two one", 2, null)]
    [InlineData("one two", "one two", 3, null)]
    [InlineData("", "one two", 1, null)]
    [InlineData("a a a a b", "a a b", 3, "a a b")]
    public void The_first_run_of_words_that_both_hold_is_found(string text, string other, int length, string? expected) => Assert.Equal(expected, Words.SharedRun(text, other, length));

    [Fact]
    public void It_is_what_looking_at_every_run_finds()
    {
        var random = new Random(7);
        string Text() => string.Join(' ', Enumerable.Range(0, random.Next(1, 60)).Select(_ => "abcd"[random.Next(4)]));
        var found = 0;
        for (var i = 0; i < 2000; i++)
        {
            var (text, other, length) = (Text(), Text(), random.Next(1, 8));
            var expected = Runs(text, length).FirstOrDefault(Runs(other, length).Contains);
            Assert.Equal(expected, Words.SharedRun(text, other, length));
            found += expected is null ? 0 : 1;
        }
        Assert.InRange(found, 500, 1900);
    }

    static List<string> Runs(string text, int length) => [.. Enumerable.Range(0, Math.Max(0, text.Split(' ').Length - length + 1)).Select(at => string.Join(' ', text.Split(' ').Skip(at).Take(length)))];
}
