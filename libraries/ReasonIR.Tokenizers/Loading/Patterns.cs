using ReasonIR.Tokenizers.Regexes;
using ReasonIR.Tokenizers.Splitting;

namespace ReasonIR.Tokenizers.Loading;

/// <summary>What the stages split at or replace: <c>{"String":"-"}</c> or <c>{"Regex":"\\s+"}</c>, and what becomes of it.</summary>
static class Patterns
{
    public static IMatcher Read(JsonNode node)
    {
        if (node.Find("String") is { } literal)
            return literal.Text() is { Length: > 0 } text ? new LiteralMatcher(text) : new RegexMatcher("");
        var regex = node.Find("Regex") ?? throw node.Bad("String or Regex was expected");
        try
        {
            return new RegexMatcher(regex.Text());
        }
        catch (FormatException error)
        {
            throw regex.Bad($"the regular expression '{regex.Text()}': {error.Message}");
        }
        catch (NotSupportedException error)
        {
            throw regex.Unsupported($"the regular expression '{regex.Text()}': {error.Message}");
        }
    }

    public static SplitBehavior Behavior(JsonNode node) => node.Text() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        var other => throw node.Bad($"the behavior '{other}' is not known"),
    };
}
