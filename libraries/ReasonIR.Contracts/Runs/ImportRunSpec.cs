using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>A TREC run made elsewhere becomes a result: measured here, ranked there.</summary>
/// <param name="Corpus">The corpus whose judgments measure it.</param>
/// <param name="System">What the leaderboard calls it.</param>
/// <param name="UploadId">The upload that holds the run, one file.</param>
/// <param name="QuerySet">The judged queries; null as in <see cref="EvaluateSpec"/>.</param>
/// <param name="Depth">Documents kept for a query, after its exclusions are removed.</param>
/// <param name="Label">Groups the rows of one experiment; null: the run's id.</param>
/// <param name="Source">Where the run came from, as the user names it.</param>
/// <param name="Exclusions">Whether the documents that a query excludes are removed before the cut.</param>
public sealed record ImportRunSpec(
    string Corpus, string System, string UploadId, string? QuerySet = null, int Depth = 1000, string? Label = null, string? Source = null, bool Exclusions = true) : IRunSpec
{
    const int LongestLabel = 200;

    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"import run {System} on {Corpus}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("corpus", Corpus),
        .. SpecChecks.Name("system", System),
        .. Guid.TryParseExact(UploadId, "N", out _) ? [] : new[] { $"uploadId: expected the id of an upload (32 hexadecimal digits), found '{UploadId}'." },
        .. QuerySet is null ? [] : SpecChecks.Name("querySet", QuerySet),
        .. SpecChecks.Range<int>("depth", Depth, 1, 10_000),
        .. SpecChecks.Length("label", Label, LongestLabel),
    ];
}
