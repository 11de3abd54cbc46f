namespace ReasonIR.Experiments.Tests;

public sealed class PostgresTextTests
{
    [Fact] // no theory: its arguments travel as UTF-8, which has no half pairs
    public void Only_what_postgres_refuses_is_replaced()
    {
        (string Text, string Clean)[] cases =
        [
            ("", ""), ("plain 𝔘 text", "plain 𝔘 text"), ("a\0b", "a\uFFFDb"), ("\uD835", "\uFFFD"), ("\uDD18x", "\uFFFDx"),
            ("\uD835\uD835\uDD18", "\uFFFD\uD835\uDD18"),
        ];
        foreach (var (text, clean) in cases)
            Assert.Equal(clean, PostgresText.Clean(text));
    }

    [Fact]
    public void A_clean_text_is_not_copied()
    {
        var text = new string('x', 10);
        Assert.Same(text, PostgresText.Clean(text));
        Assert.Null(PostgresText.Clean(null));
    }
}
