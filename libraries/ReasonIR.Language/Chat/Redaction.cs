using System.Text.RegularExpressions;

namespace ReasonIR.Language.Chat;

/// <summary>Takes keys out of texts that are logged or shown: servers repeat the key they refuse.</summary>
public static partial class Redaction
{
    const string Mark = "[redacted]";

    public static string Redact(string text, string? key)
    {
        if (key is { Length: >= 4 })
            text = text.Replace(key, Mark, StringComparison.Ordinal);
        return Secret().Replace(text, match => match.Groups["name"].Value + Mark);
    }

    /// <summary>A bearer token, or a key of the shape most providers use, in full or with its middle already starred.</summary>
    [GeneratedRegex(@"(?<name>Bearer\s+)\S+|\b(sk|pk|key)-[A-Za-z0-9_*\-]{6,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secret();
}
