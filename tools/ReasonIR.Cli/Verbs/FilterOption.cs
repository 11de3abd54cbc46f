using System.Globalization;
using System.Text.Json;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>--filter KEY=A,B</c>, <c>KEY!=A,B</c>, <c>KEY=FROM..TO</c> (either end may be left out).</summary>
public static class FilterOption
{
    /// <summary>The conditions; null: none.</summary>
    /// <exception cref="ArgumentException">One of them has another form.</exception>
    public static IReadOnlyList<SearchCondition>? Read(string[]? filters) => filters is not { Length: > 0 } ? null : [.. filters.Select(Condition)];

    static SearchCondition Condition(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var not = equals > 0 && text[equals - 1] == '!';
        if (equals - (not ? 1 : 0) < 1 || equals == text.Length - 1)
            throw new ArgumentException($"--filter {text}: expected KEY=VALUE[,VALUE...], KEY!=VALUE[,VALUE...] or KEY=FROM..TO");
        var (key, value) = (text[..(not ? equals - 1 : equals)], text[(equals + 1)..]);
        if (value.Split("..") is [var from, var to] && (from + to).Length > 0 && Number(from, out var low) && Number(to, out var high))
            return new(key, From: low, To: high, Not: not);
        return new(key, [.. value.Split(',').Select(Value)], Not: not);
    }

    static bool Number(string text, out double? number)
    {
        number = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var read) ? read : null;
        return text.Length == 0 || number is not null;
    }

    /// <summary>What reads as a number is one; a text that does is written in quotes.</summary>
    static JsonElement Value(string text) => JsonSerializer.SerializeToElement(
        text is ['"', .. var inner, '"'] ? inner
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
        : text is "true" or "false" ? (object)bool.Parse(text) : text);
}
