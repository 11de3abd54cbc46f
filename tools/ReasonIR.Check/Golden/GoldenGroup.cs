using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReasonIR.Check.Golden;

/// <summary>What one file of a golden folder gave.</summary>
/// <param name="Folder">The manifest's folder, relative to the data root where it lies below it.</param>
/// <param name="Kind">The manifest's kind.</param>
/// <param name="File">The compared file as the manifest writes it.</param>
/// <param name="Cases">How many cases were compared.</param>
/// <param name="Passed">How many of them agreed.</param>
/// <param name="WorstError">The largest error of a number in the unit of the tolerance; null where only equality counts.</param>
/// <param name="Tolerance">The manifest's tolerance for this file, as it stands there.</param>
/// <param name="FirstFailure">What differed first: the case, the expected and the actual value; null where all agreed.</param>
/// <param name="NotApplicable">Why nothing is compared for this kind; null for all others.</param>
public sealed record GoldenGroup(
    string Folder,
    string Kind,
    string File,
    int Cases,
    int Passed,
    double? WorstError,
    JsonElement? Tolerance,
    string? FirstFailure,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? NotApplicable = null)
{
    static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Whether all cases agreed and there was at least one (or the kind has none to compare).</summary>
    [JsonIgnore]
    public bool Succeeded => FirstFailure is null && Passed == Cases && (Cases > 0 || NotApplicable is not null);

    /// <summary>A group that failed before its cases could be counted.</summary>
    public static GoldenGroup Failed(string folder, string kind, string file, string failure) =>
        new(folder, kind, file, 0, 0, null, null, failure);

    /// <summary>A group of a kind that is checked elsewhere.</summary>
    public static GoldenGroup Skipped(GoldenManifest manifest, string reason) =>
        new(manifest.Name, manifest.Kind, GoldenManifest.FileName, 0, 0, null, null, null, reason);

    /// <summary>One line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
