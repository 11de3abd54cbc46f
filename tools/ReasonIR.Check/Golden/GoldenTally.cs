using System.Globalization;
using System.Text.Json;

namespace ReasonIR.Check.Golden;

/// <summary>Counts the cases of one file: a case passes when every comparison in it holds. Not thread-safe.</summary>
/// <param name="manifest">The manifest the file belongs to.</param>
/// <param name="file">The file as the manifest writes it.</param>
/// <param name="tolerance">The tolerance that the report shows (and that <see cref="Near(string, double, double)"/> uses).</param>
public sealed class GoldenTally(GoldenManifest manifest, string file, JsonElement tolerance)
{
    const int LongestValue = 300;

    // Strings other than "equal" and objects with other names are a kind's own rule: it passes a tolerance to Near.
    readonly Lazy<Tolerance> _default = new(() => Tolerance.Read(tolerance));
    int _cases, _passed;
    double? _worst;
    string? _firstFailure;
    string? _caseFailure;

    /// <summary>Runs one case. An exception in it is the case's failure.</summary>
    public void Case(string name, Action compare)
    {
        _cases++;
        _caseFailure = null;
        try
        {
            compare();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _caseFailure ??= $"{e.GetType().Name}: {e.Message}";
        }
        if (_caseFailure is null)
            _passed++;
        else
            _firstFailure ??= $"{name}: {_caseFailure}";
    }

    /// <summary>Compares a number within the file's tolerance.</summary>
    public void Near(string what, double expected, double actual) => Near(what, expected, actual, _default.Value);

    /// <summary>Compares a number within a tolerance of its own.</summary>
    public void Near(string what, double expected, double actual, Tolerance within)
    {
        var error = within.Error(expected, actual);
        if (!(error <= _worst))
            _worst = error;
        if (!within.Allows(expected, actual))
            Fail(string.Create(CultureInfo.InvariantCulture, $"{what}: expected {expected:R}, found {actual:R}"));
    }

    /// <summary>Compares values by equality.</summary>
    public void Equal<T>(string what, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            Fail($"{what}: expected {Show(expected)}, found {Show(actual)}");
    }

    /// <summary>Compares sequences by length and equality; reports the first place that differs.</summary>
    public void EqualSequences<T>(string what, IReadOnlyList<T> expected, IReadOnlyList<T> actual)
    {
        for (var i = 0; i < Math.Min(expected.Count, actual.Count); i++)
            if (!EqualityComparer<T>.Default.Equals(expected[i], actual[i]))
            {
                Fail($"{what}[{i}]: expected {Show(expected[i])}, found {Show(actual[i])}");
                return;
            }
        if (expected.Count != actual.Count)
            Fail($"{what}: expected {expected.Count} items, found {actual.Count}");
    }

    /// <summary>Notes an error without judging it, for tolerances that only the kind knows (a norm, a quantile).</summary>
    public void Note(double error)
    {
        if (!(error <= _worst))
            _worst = error;
    }

    /// <summary>Fails the current case; the first failure of a case is the one reported.</summary>
    public void Fail(string failure) => _caseFailure ??= failure;

    /// <summary>The count so far as a report.</summary>
    public GoldenGroup Group() =>
        new(manifest.Name, manifest.Kind, file, _cases, _passed, _worst, tolerance, _firstFailure ?? (_cases == 0 ? "no cases" : null));

    static string Show<T>(T value)
    {
        var text = value is string s ? $"\"{s}\"" : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null";
        return text.Length <= LongestValue ? text : text[..LongestValue] + "…";
    }
}
