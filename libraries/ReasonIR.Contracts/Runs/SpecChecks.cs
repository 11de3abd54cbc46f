using System.Numerics;
using System.Text.RegularExpressions;

namespace ReasonIR.Contracts.Runs;

/// <summary>The checks that specs share; each gives a sentence that names the field.</summary>
public static partial class SpecChecks
{
    /// <summary>What a corpus, dataset or model may be called: it becomes part of addresses and file names.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\z")]
    public static partial Regex NamePattern();

    /// <summary>A name that can stand in an address.</summary>
    public static IEnumerable<string> Name(string field, string? value)
    {
        if (value is null || !NamePattern().IsMatch(value))
            yield return $"{field}: expected 1 to 100 letters, digits, '.', '_' or '-', beginning with a letter or digit; found '{value}'.";
    }

    /// <summary>A number between two bounds, both allowed; null is allowed and means the default.</summary>
    public static IEnumerable<string> Range<T>(string field, T? value, T least, T most) where T : struct, INumber<T>
    {
        if (value is { } number && !(number >= least && number <= most))
            yield return $"{field}: expected {least} to {most}, found {number}.";
    }

    /// <summary>One of a few words.</summary>
    public static IEnumerable<string> OneOf(string field, string? value, params string[] allowed)
    {
        if (!allowed.Contains(value, StringComparer.Ordinal))
            yield return $"{field}: expected {string.Join(" or ", allowed)}, found '{value}'.";
    }

    /// <summary>A text of at most so many letters; null is allowed.</summary>
    public static IEnumerable<string> Length(string field, string? value, int most)
    {
        if (value?.Length > most)
            yield return $"{field}: expected {most:N0} letters at most, found {value.Length:N0}.";
    }

    /// <summary>Names with * and ?, none of them empty; null is allowed.</summary>
    public static IEnumerable<string> Patterns(string field, IEnumerable<string?>? values)
    {
        foreach (var (index, value) in (values ?? []).Index())
            if (string.IsNullOrWhiteSpace(value))
                yield return $"{field}[{index}]: expected a name, found none.";
    }
}
