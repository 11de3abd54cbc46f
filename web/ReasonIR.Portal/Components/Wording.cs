using System.Globalization;
using System.Text.RegularExpressions;

namespace ReasonIR.Portal.Components;

/// <summary>Numbers, times and names as pages write them.</summary>
public static partial class Wording
{
    /// <summary>12,345.</summary>
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"1 document", "12,345 documents".</summary>
    public static string Count(long number, string thing, string? things = null) => $"{Count(number)} {(number == 1 ? thing : things ?? thing + "s")}";

    /// <summary>A measure's value: 0.497.</summary>
    public static string Score(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>+0.120 or -0.031, with a true minus sign.</summary>
    public static string Signed(double value) => value.ToString("+0.000;\u22120.000;0.000", CultureInfo.InvariantCulture);

    /// <summary>A figure of any size with four significant digits.</summary>
    public static string Figure(double value) => value switch
    {
        0 => "0",
        _ when !double.IsFinite(value) => value.ToString(CultureInfo.InvariantCulture),
        _ when Math.Abs(value) is >= 10_000 => value.ToString("N0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) is < 0.001 => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        _ => value.ToString("G4", CultureInfo.InvariantCulture),
    };

    /// <summary>p = 0.012, or p &lt; 0.001.</summary>
    public static string PValue(double p) => p < 0.001 ? "p < 0.001" : $"p = {p.ToString("0.000", CultureInfo.InvariantCulture)}";

    /// <summary>1.2 s, 3 min 4 s, 2 h 5 min.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 10 } => $"{Math.Max(0, time.TotalSeconds).ToString("0.0", CultureInfo.InvariantCulture)} s",
        { TotalMinutes: < 1 } => $"{time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s",
        { TotalHours: < 1 } => $"{(int)time.TotalMinutes} min {time.Seconds} s",
        { TotalDays: < 1 } => $"{(int)time.TotalHours} h {time.Minutes} min",
        _ => $"{(int)time.TotalDays} d {time.Hours} h",
    };

    /// <summary>just now, 3 min ago, 2 h ago, 2026-03-01.</summary>
    public static string Ago(DateTimeOffset at) => (DateTimeOffset.UtcNow - at) switch
    {
        { TotalSeconds: < 60 } => "just now",
        { TotalHours: < 1 } and var time => $"{(int)time.TotalMinutes} min ago",
        { TotalDays: < 1 } and var time => $"{(int)time.TotalHours} h ago",
        { TotalDays: < 7 } and var time => $"{(int)time.TotalDays} d ago",
        _ => at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };

    /// <summary>2026-03-01 12:34:56 UTC.</summary>
    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>512 B, 3.4 MB.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB"];
        var (value, unit) = ((double)bytes, 0);
        for (; value >= 1000 && unit < units.Length - 1; unit++)
            value /= 1000;
        return $"{value.ToString(unit == 0 || value >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture)} {units[unit]}";
    }

    /// <summary>A trec_eval measure as papers write it: nDCG@10, Recall@100, MAP.</summary>
    public static string Measure(string name) => MeasureName().Match(name) is { Success: true } match
        ? match.Groups["family"].Value switch
        {
            "ndcg_cut" => $"nDCG@{match.Groups["k"].Value}",
            "recall" => $"Recall@{match.Groups["k"].Value}",
            "P" => $"P@{match.Groups["k"].Value}",
            "success" => $"Success@{match.Groups["k"].Value}",
            _ => $"{match.Groups["family"].Value}@{match.Groups["k"].Value}",
        }
        : name switch { "map" => "MAP", "recip_rank" => "MRR", "ndcg" => "nDCG", _ => name };

    /// <summary>"heldOutLoss" and "held_out_loss" as "held out loss".</summary>
    public static string Words(string name) => Hump().Replace(name, " $1").Replace('_', ' ').Replace('-', ' ').ToLowerInvariant().Trim();

    /// <summary>The first digits of a hash.</summary>
    public static string Hash(string? hash) => hash is { Length: > 12 } ? hash[..12] : hash ?? "";

    [GeneratedRegex("^(?<family>[A-Za-z_]+?)_(?<k>[0-9]+)$")]
    private static partial Regex MeasureName();

    [GeneratedRegex("(?<=[a-z0-9])([A-Z])")]
    private static partial Regex Hump();
}
