using System.Text.Json.Serialization;
using ReasonIR.Contracts.Models;

namespace ReasonIR.Contracts.Runs;

/// <summary>Files, uploaded or from the hub, become a corpus. Importing the same files again changes nothing; changed documents are replaced by id.</summary>
/// <param name="Corpus">The name of the corpus; created when it does not exist.</param>
/// <param name="UploadId">The upload that holds the files (<c>POST /api/uploads</c>). Null: they come from <paramref name="Hub"/>.</param>
/// <param name="Format"><c>beir</c> (corpus.jsonl, queries.jsonl, qrels/*.tsv), <c>bright</c> (documents.jsonl, examples.jsonl),
/// <c>beir-parquet</c> and <c>bright-parquet</c> (as the hub lays them out: corpus/*.parquet, documents/TASK-*.parquet …),
/// <c>jsonl</c>, <c>csv</c>, <c>tsv</c> (files of documents with chosen columns), <c>folder</c> (.txt and .md files), or <c>auto</c>.</param>
/// <param name="Columns">For jsonl, csv and tsv: which column holds what.</param>
/// <param name="Description">Shown beside the corpus.</param>
/// <param name="Source">Where the files came from, as the user names it; recorded, never opened.</param>
/// <param name="Hub">Files of data sets of the hub that HF_ENDPOINT names, in place of an upload.</param>
/// <param name="Task">For <c>bright-parquet</c>: which task of several.</param>
/// <param name="Long">For <c>bright-parquet</c>: the long documents and their judgments.</param>
public sealed record ImportSpec(
    string Corpus,
    string? UploadId = null,
    string Format = "auto",
    ColumnNames? Columns = null,
    string? Description = null,
    string? Source = null,
    IReadOnlyList<HubFiles>? Hub = null,
    string? Task = null,
    bool Long = false) : IRunSpec
{
    const int MostRepositories = 10;

    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"import {Corpus}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("corpus", Corpus),
        .. UploadId is null == Hub is null ? new[] { $"uploadId: expected either an upload or files of the hub, found {(Hub is null ? "neither" : "both")}." } : [],
        .. UploadId is null || Guid.TryParseExact(UploadId, "N", out _) ? [] : new[] { $"uploadId: expected the id of an upload (32 hexadecimal digits), found '{UploadId}'." },
        .. Hub is null or { Count: > 0 and <= MostRepositories } ? [] : new[] { $"hub: expected 1 to {MostRepositories} repositories, found {Hub.Count}." },
        .. (Hub ?? []).SelectMany(files => files?.Problems() ?? ["hub: expected objects, found null."]),
        .. SpecChecks.OneOf("format", Format, "auto", "beir", "bright", "beir-parquet", "bright-parquet", "jsonl", "csv", "tsv", "folder"),
        .. SpecChecks.Length("task", Task, 100),
        .. (Task is not null || Long) && Format is not ("auto" or "bright-parquet") ? new[] { $"task and long: only the format 'bright-parquet' has them, found the format '{Format}'." } : [],
    ];
}

/// <summary>The columns of a tabular file of documents.</summary>
/// <param name="Id">The column of the document's id.</param>
/// <param name="Text">The column of its text.</param>
/// <param name="Title">The column of its title, where there is one.</param>
public sealed record ColumnNames(string Id, string Text, string? Title = null);

/// <summary>An uploaded Hugging Face or sentence-transformers folder becomes a registered model.</summary>
/// <param name="Name">The name it is served by.</param>
/// <param name="UploadId">The upload that holds the folder.</param>
/// <param name="Source">Where it came from, as the user names it.</param>
/// <param name="Base">For a folder with a LoRA adapter alone: the registered model that it belongs to.</param>
/// <param name="Serving">How it is to be served; null: as the service serves all models.</param>
public sealed record RegisterModelSpec(string Name, string UploadId, string? Source = null, string? Base = null, ServingSettings? Serving = null) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"register {Name}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("name", Name),
        .. Base is null ? [] : SpecChecks.Name("base", Base),
        .. Serving?.Problems() ?? [],
        .. Guid.TryParseExact(UploadId, "N", out _) ? [] : new[] { $"uploadId: expected the id of an upload (32 hexadecimal digits), found '{UploadId}'." },
    ];
}
