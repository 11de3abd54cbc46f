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
    public void Json_keeps_every_escape_that_jsonb_takes()
    {
        (string Json, string Clean)[] cases =
        [
            ("""{"a":"x\n\u00e9"}""", """{"a":"x\n\u00e9"}"""), ("""{"a":"\u0000b"}""", "{\"a\":\"\uFFFDb\"}"), ("""{"a":"\\u0000"}""", """{"a":"\\u0000"}"""),
            ("""{"a":"\uD835\udd18"}""", """{"a":"\uD835\udd18"}"""), ("""{"a":"\ud835x\uDD18"}""", "{\"a\":\"\uFFFDx\uFFFD\"}"),
        ];
        foreach (var (json, clean) in cases)
            Assert.Equal(clean, PostgresText.CleanJson(json));
    }

    [Fact]
    public void A_clean_text_is_not_copied()
    {
        var text = new string('x', 10);
        Assert.Same(text, PostgresText.Clean(text));
        Assert.Null(PostgresText.Clean(null));
    }
}
