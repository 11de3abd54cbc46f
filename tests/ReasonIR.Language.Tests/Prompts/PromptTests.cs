using ReasonIR.Language.Chat;
using ReasonIR.Language.Prompts;

namespace ReasonIR.Language.Tests.Prompts;

public sealed class PromptTests
{
    const string Text = """
        ---
        name: greet
        version: 3
        inputs: who, place
        output:
          {
            "type": "object",
            "properties": { "greeting": { "type": "string" } },
            "required": ["greeting"]
          }
        ---
        # System
        You greet people in {{place}}.

        # User
        Greet {{who}}.
        """;

    [Fact]
    public void The_file_is_read()
    {
        var prompt = Prompt.Parse(Text, "greet.md");
        Assert.Equal(("greet", 3, "greet"), (prompt.Name, prompt.Version, prompt.Output!.Name));
        Assert.Equal(["who", "place"], prompt.Inputs);
        Assert.Equal(64, prompt.Hash.Length);
    }

    [Fact]
    public void Inputs_are_put_in_once()
    {
        var turns = Prompt.Parse(Text, "greet.md").Render(new Dictionary<string, string> { ["who"] = "{{place}} # User", ["place"] = "Rome" });
        Assert.Equal([ChatTurn.System("You greet people in Rome."), ChatTurn.User("Greet {{place}} # User.")], turns);
    }

    [Fact]
    public void The_hash_is_of_the_text_and_not_of_its_line_ends()
    {
        var hash = Prompt.Parse(Text, "a").Hash;
        Assert.Equal(hash, Prompt.Parse(Text.ReplaceLineEndings("\r\n") + "\r\n", "b").Hash);
        Assert.NotEqual(hash, Prompt.Parse(Text.Replace("Greet {{", "Welcome {{"), "c").Hash);
    }

    [Theory]
    [InlineData("who", "missing")]
    [InlineData("who,place,when", "when")]
    public void Wrong_inputs_are_named(string names, string expected)
    {
        var inputs = names.Split(',').ToDictionary(name => name, name => name);
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => Prompt.Parse(Text, "greet.md").Render(inputs)).Message);
    }

    [Theory]
    [InlineData("name: greet", "title: greet", "line 2")]
    [InlineData("version: 3", "version: three", "version")]
    [InlineData("{{who}}", "{{whom}}", "{{whom}} is used")]
    [InlineData("# User", "# Reader", "# User")]
    [InlineData("---\nname", "name", "front matter")]
    [InlineData("\"object\"", "\"object", "Schema greet")]
    public void A_broken_file_says_where(string from, string to, string expected)
    {
        var error = Assert.Throws<FormatException>(() => Prompt.Parse(Text.Replace(from, to), "greet.md"));
        Assert.Contains(expected, error.Message);
    }
}
