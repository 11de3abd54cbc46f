namespace ReasonIR.Experiments.Tests;

public sealed class PostgresTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain 𝔘 text", "plain 𝔘 text")]
    [InlineData("a\0b", "a\uFFFDb")]
    [InlineData("\uD835", "\uFFFD")]
    [InlineData("\uDD18x", "\uFFFDx")]
    [InlineData("\uD835\uD835\uDD18", "\uFFFD\uD835\uDD18")]
    public void Only_what_postgres_refuses_is_replaced(string text, string expected) => Assert.Equal(expected, PostgresText.Clean(text));

    [Fact]
    public void A_clean_text_is_not_copied()
    {
        var text = new string('x', 10);
        Assert.Same(text, PostgresText.Clean(text));
        Assert.Null(PostgresText.Clean(null));
    }
}
