using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>Training files, uploaded or from the hub, become a new version of a dataset, beside those that are synthesized.</summary>
/// <param name="Dataset">The dataset that gets a new version; created when it does not exist.</param>
/// <param name="UploadId">The upload that holds the files (<c>POST /api/uploads</c>); all of them become one version. Null: they come from <paramref name="Hub"/>.</param>
/// <param name="Format"><c>plain</c> ({"query", "pos", "neg"}), <c>instruct</c> ([instruction, text] in place of texts), <c>flagembedding</c>
/// (with scores, prompt and type), <c>columns</c> (anchor, positive, negative), or <c>auto</c>.</param>
/// <param name="Columns">For <c>columns</c>: which column holds what; null: anchor, positive, negative.</param>
/// <param name="Positives"><c>texts</c>, or <c>ids</c>: documents of <paramref name="Corpora"/>.</param>
/// <param name="Negatives"><c>texts</c> or <c>ids</c>.</param>
/// <param name="Corpora">Where ids are looked up, in this order; recorded as the sources of the version.</param>
/// <param name="Instruction">Of queries that bring none.</param>
/// <param name="Description">Shown beside the dataset.</param>
/// <param name="Hub">Files of a data set of the hub that HF_ENDPOINT names, in place of an upload.</param>
/// <param name="Source">Where the files came from, as the user names it; recorded, never opened.</param>
public sealed record ImportDatasetSpec(
    string Dataset,
    string? UploadId = null,
    string Format = "auto",
    TrainingColumnNames? Columns = null,
    string Positives = "texts",
    string Negatives = "texts",
    IReadOnlyList<string>? Corpora = null,
    string? Instruction = null,
    string? Description = null,
    string? Source = null,
    HubFiles? Hub = null) : IRunSpec
{
    const int MostCorpora = 100, MostInstruction = 10_000;

    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"import dataset {Dataset}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("dataset", Dataset),
        .. UploadId is null == Hub is null ? new[] { $"uploadId: expected either an upload or files of the hub, found {(Hub is null ? "neither" : "both")}." } : [],
        .. Hub?.Problems() ?? [],
        .. UploadId is null || Guid.TryParseExact(UploadId, "N", out _) ? [] : new[] { $"uploadId: expected the id of an upload (32 hexadecimal digits), found '{UploadId}'." },
        .. SpecChecks.OneOf("format", Format, "auto", "plain", "instruct", "flagembedding", "columns"),
        .. SpecChecks.OneOf("positives", Positives, "texts", "ids"),
        .. SpecChecks.OneOf("negatives", Negatives, "texts", "ids"),
        .. (Corpora ?? []).SelectMany((corpus, i) => SpecChecks.Name($"corpora[{i}]", corpus)),
        .. Corpora?.Count > MostCorpora ? new[] { $"corpora: expected {MostCorpora} at most, found {Corpora.Count}." } : [],
        .. (Positives == "ids" || Negatives == "ids") && Corpora is not { Count: > 0 } ? new[] { "corpora: expected the corpora whose documents the ids name, found none." } : [],
        .. Columns is not null && Format is not ("columns" or "auto") ? new[] { $"columns: only the format 'columns' has any, found the format '{Format}'." } : [],
        .. Instruction?.Length > MostInstruction ? new[] { $"instruction: expected {MostInstruction} letters at most, found {Instruction.Length}." } : [],
    ];
}

/// <summary>Files of a repository of the hub.</summary>
/// <param name="Repository"><c>ORG/NAME</c> or <c>ORG/NAME@REVISION</c>.</param>
/// <param name="Files">Their paths; * and ? stand for letters.</param>
public sealed record HubFiles(string Repository, IReadOnlyList<string> Files)
{
    internal IEnumerable<string> Problems() =>
    [
        .. Repository is { Length: > 0 and <= 500 } ? [] : new[] { "hub.repository: expected ORG/NAME or ORG/NAME@REVISION." },
        .. Files is { Count: > 0 and <= 10_000 } ? [] : new[] { $"hub.files: expected 1 to 10,000 paths, found {Files?.Count ?? 0}." },
        .. SpecChecks.Patterns("hub.files", Files),
    ];
}

/// <summary>The columns of a training file; positive and negative columns may also be numbered (<c>negative_1</c>, <c>negative_2</c> …).</summary>
public sealed record TrainingColumnNames(string Query = "anchor", string Positive = "positive", string Negative = "negative");

/// <summary>What an <c>import-dataset</c> run leaves.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Version">The new version.</param>
/// <param name="Examples">Stored examples.</param>
/// <param name="Positives">Over all examples.</param>
/// <param name="Negatives">Over all examples.</param>
/// <param name="Files">Each file with the examples it gave.</param>
/// <param name="Unresolved">Ids that none of the corpora holds.</param>
/// <param name="LeftOut">Examples that had no other positive and are left out.</param>
/// <param name="BlankNegatives">Negatives without text, left out.</param>
public sealed record ImportDatasetOutput(
    string Dataset, int Version, int Examples, long Positives, long Negatives, IReadOnlyDictionary<string, int> Files, int Unresolved, int LeftOut, long BlankNegatives);
