using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace ReasonIR.Experiments;

/// <summary>Postgres text holds neither U+0000 nor half a surrogate pair, and foreign documents hold both.</summary>
public static partial class PostgresText
{
    /// <summary>The text with each such character replaced by U+FFFD; the same object where there is none.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Clean(string? text)
    {
        if (text is null || !NeedsCleaning(text))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) // half a pair comes out as U+FFFD
            clean.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString());
        return clean.ToString();
    }

    /// <summary>JSON as it is written, with each escape that jsonb refuses (U+0000, half a surrogate pair) replaced by U+FFFD.</summary>
    [return: NotNullIfNotNull(nameof(json))]
    public static string? CleanJson(string? json) => json is null || !json.Contains("\\u", StringComparison.Ordinal)
        ? Clean(json)
        : Escape().Replace(Clean(json), escape => escape.ValueSpan.StartsWith("\\u") && escape.Length == 6 ? "\uFFFD" : escape.Value);

    // A whole pair, what cannot stand, any other escape: in this order, so that each backslash is read once.
    [GeneratedRegex(@"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})|\\[^u]")]
    private static partial Regex Escape();

    static bool NeedsCleaning(string text)
    {
        if (text.Contains('\0'))
            return true;
        for (var i = 0; i < text.Length; i++)
            if (char.IsSurrogate(text[i]))
            {
                if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                    return true;
                i++;
            }
        return false;
    }
}
