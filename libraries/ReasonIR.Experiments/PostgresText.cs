using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ReasonIR.Experiments;

/// <summary>Postgres text holds neither U+0000 nor half a surrogate pair, and foreign documents hold both.</summary>
static class PostgresText
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
