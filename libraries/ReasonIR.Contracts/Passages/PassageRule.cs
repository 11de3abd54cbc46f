using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ReasonIR.Contracts.Passages;

/// <summary>
/// How long documents become passages, and how passages' scores become a document's: <c>tokens:256:64</c>, <c>headings:512:64</c> or
/// <c>tokens:256:64:mean</c>. Tokens are words as <see cref="PassageTokens"/> counts them, not a model's, so that every index of a corpus
/// has the same passages, that of BM25, too.
/// </summary>
/// <param name="By"><c>tokens</c>: as long as allowed; <c>headings</c>: at each Markdown heading, and sections that are longer as by tokens.</param>
/// <param name="Tokens">Tokens of a passage at most.</param>
/// <param name="Overlap">Tokens that a passage repeats of the one before it.</param>
/// <param name="Aggregation"><c>max</c>: a document scores as its best passage; <c>mean</c>: as their mean.</param>
public sealed record PassageRule(string By, int Tokens, int Overlap, string Aggregation = "max")
{
    public const int LeastTokens = 16, MostTokens = 8192;

    /// <summary>Passages a document may have.</summary>
    public const int MostPassages = 1 << 16;

    const string Expected = "expected tokens:SIZE:OVERLAP or headings:SIZE:OVERLAP, perhaps with :max or :mean behind it";

    /// <summary>What the passages of a corpus depend on: the rule without its aggregation.</summary>
    public string Cut => $"{By}:{Tokens}:{Overlap}";

    /// <summary>Reads a rule; null gives null.</summary>
    /// <exception cref="ArgumentException">It is none; the message says what was expected.</exception>
    public static PassageRule? Parse(string? text) =>
        Problems("passages", text).FirstOrDefault() is { } problem ? throw new ArgumentException(problem) : text is null ? null : TryParse(text, out var rule) ? rule : null;

    /// <summary>Every problem of a rule as it was written; null is allowed and means whole documents.</summary>
    public static IEnumerable<string> Problems(string field, string? text)
    {
        if (text is null)
            yield break;
        if (!TryParse(text, out var rule))
            yield return $"{field}: {Expected}, found '{text}'.";
        else if (rule.Tokens is < LeastTokens or > MostTokens)
            yield return $"{field}: expected passages of {LeastTokens} to {MostTokens} tokens, found {rule.Tokens}.";
        else if (rule.Overlap < 0 || rule.Overlap > rule.Tokens / 2)
            yield return $"{field}: expected an overlap of 0 to {rule.Tokens / 2} tokens (half a passage), found {rule.Overlap}.";
    }

    /// <summary>As it is written, the aggregation always named.</summary>
    public override string ToString() => $"{By}:{Tokens}:{Overlap}:{Aggregation}";

    static bool TryParse(string text, [NotNullWhen(true)] out PassageRule? rule)
    {
        var parts = text.Split(':');
        rule = parts.Length is 3 or 4 && parts[0] is "tokens" or "headings" && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var tokens)
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var overlap) && (parts.Length == 3 || parts[3] is "max" or "mean")
            ? new(parts[0], tokens, overlap, parts.Length == 4 ? parts[3] : "max") : null;
        return rule is not null;
    }
}
