using ReasonIR.Contracts.Models;

namespace ReasonIR.Contracts.Contamination;

/// <summary>What training data and an evaluation have in common, in figures. Counts are of different queries and documents.</summary>
/// <param name="Examples">Training examples that were scanned.</param>
/// <param name="Queries">Queries of the evaluation.</param>
/// <param name="QueriesExact">Those that are a training query, but for case and punctuation.</param>
/// <param name="QueriesNear">Those with nearly the words of a training query; exact ones included.</param>
/// <param name="QueriesCopied">Those of which a sequence of words stands in a training text.</param>
/// <param name="QueriesWithGold">Those of which a relevant document is a training positive, by id or by its text.</param>
/// <param name="QueriesClean">Those without any of that.</param>
/// <param name="Documents">Documents of the corpus.</param>
/// <param name="DocumentsExact">Those that are a training text.</param>
/// <param name="DocumentsCopied">Those of which a sequence of words stands in a training text.</param>
/// <param name="SameCorpus">Whether the training data were made from this corpus: then its documents are in them by intention.</param>
/// <param name="Seconds">What the scan took.</param>
public sealed record ContaminationSummary(
    long Examples, int Queries, int QueriesExact, int QueriesNear, int QueriesCopied, int QueriesWithGold, int QueriesClean,
    long Documents, int DocumentsExact, int DocumentsCopied, bool SameCorpus, double Seconds)
{
    /// <summary><c>leak</c>: training saw queries of the evaluation. <c>gold</c>: it saw their answers. <c>texts</c>: documents only. <c>none</c>: nothing.</summary>
    public string Level =>
        QueriesExact + QueriesNear + QueriesCopied > 0 ? "leak"
        : QueriesWithGold > 0 ? "gold"
        : DocumentsExact + DocumentsCopied > 0 ? "texts" : "none";

    /// <summary>The level in words.</summary>
    public string Words => Level switch
    {
        "leak" => $"{QueriesNear} of {Queries} queries have an equal or nearly equal training query, {QueriesCopied} share a long word sequence with the training texts, {QueriesWithGold} have a relevant document among the training positives",
        "gold" => $"{QueriesWithGold} of {Queries} queries have a relevant document among the training positives; no query was seen",
        "texts" => $"documents of the corpus were seen ({Math.Max(DocumentsExact, DocumentsCopied)} of {Documents}); no query and no relevant document as an answer",
        _ => "training data and evaluation have nothing in common",
    };
}

/// <summary>A report.</summary>
/// <param name="Id">Its number.</param>
/// <param name="RunId">The run that made it.</param>
/// <param name="Dataset">The training data.</param>
/// <param name="Version">Their version.</param>
/// <param name="Corpus">The corpus.</param>
/// <param name="QuerySet">The query set.</param>
/// <param name="Current">Whether corpus and query set are still as they were.</param>
/// <param name="Summary">The figures.</param>
/// <param name="CreatedAt">When.</param>
public sealed record ContaminationReportInfo(
    long Id, long? RunId, string Dataset, int Version, string Corpus, string QuerySet, bool Current, ContaminationSummary Summary, DateTimeOffset CreatedAt);

/// <summary>One query or document that was touched in one way.</summary>
/// <param name="Kind"><c>queryExact</c>, <c>queryNear</c>, <c>queryGram</c>, <c>goldId</c>, <c>goldText</c>, <c>documentExact</c> or <c>documentGram</c>.</param>
/// <param name="QueryId">The query; null for documents.</param>
/// <param name="DocumentId">The document; null for the kinds of a query's own text.</param>
/// <param name="Share">For near queries Jaccard's index; for sequences the share of the text's own; else 1.</param>
/// <param name="Examples">How many training examples.</param>
/// <param name="First">Ordinals of the first few.</param>
/// <param name="Text">The query's or the document's text, cut.</param>
/// <param name="Trained">The query of the first example.</param>
public sealed record ContaminationFindingInfo(
    string Kind, string? QueryId, string? DocumentId, double Share, int Examples, IReadOnlyList<int> First, string Text, string? Trained);

/// <summary>Whether a model has seen an evaluation, by all the data it and its bases were trained on.</summary>
/// <param name="Level">The gravest level of the reports; <c>unchecked</c> where training data have no current report, <c>unknown</c> where nobody here knows the training data.</param>
/// <param name="Reports">The reports.</param>
/// <param name="Unchecked">Training data that nobody compared with the evaluation.</param>
/// <param name="Clean">The measures over the clean queries alone; null where there are none or all are clean.</param>
/// <param name="CleanQueries">How many those are.</param>
/// <param name="Measured">How many queries the result has.</param>
public sealed record ExposureInfo(
    string Level, IReadOnlyList<ContaminationReportInfo> Reports, IReadOnlyList<TrainedOnInfo> Unchecked,
    IReadOnlyDictionary<string, double>? Clean = null, int CleanQueries = 0, int Measured = 0);

/// <summary>What a <c>contamination</c> run leaves.</summary>
/// <param name="Report">The report.</param>
/// <param name="Summary">Its figures.</param>
public sealed record ContaminationOutput(long Report, ContaminationSummary Summary);
