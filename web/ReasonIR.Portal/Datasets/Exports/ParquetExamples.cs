using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.Parquet;
using ReasonIR.Retrieval.TrainingFiles;

namespace ReasonIR.Portal.Datasets.Exports;

/// <summary>Examples as rows of a Parquet file: everything, or columns of texts alone.</summary>
static class ParquetExamples
{
    /// <summary>The columns of whole examples.</summary>
    public static IReadOnlyList<ParquetField> Fields { get; } =
    [
        new("query", Optional: false), new("instruction"),
        new("positives", IsList: true, Optional: false), new("positive_ids", IsList: true), new("positive_scores", ParquetKind.Double, IsList: true),
        new("negatives", IsList: true, Optional: false), new("negative_ids", IsList: true), new("negative_scores", ParquetKind.Double, IsList: true),
        new("passage_instructions", IsList: true), new("weight", ParquetKind.Double), new("reasoned"), new("generator", Optional: false), new("prompt_hash"), new("source_document"), new("metadata"),
    ];

    /// <summary>The columns that sentence-transformers reads.</summary>
    public static IReadOnlyList<ParquetField> ColumnFields(int negatives) =>
        [new("anchor", Optional: false), new("positive", Optional: false), .. Enumerable.Range(1, negatives).Select(i => new ParquetField(negatives == 1 ? "negative" : $"negative_{i}", Optional: false))];

    /// <summary>A whole example as a row.</summary>
    public static object?[] Row(Example example)
    {
        var metadata = example.TryReadMetadata();
        var passages = example.Positives.Concat(example.Negatives).ToList();
        return
        [
            example.Query, example.Instruction, Texts(example.Positives), Ids(example.Positives), Scores(example.Positives), Texts(example.Negatives), Ids(example.Negatives), Scores(example.Negatives),
            passages.Any(passage => passage.Instruction is not null) ? passages.Select(passage => passage.Instruction).ToArray() : null,
            metadata.Weight, metadata.Reasoned, example.Generator, example.PromptHash, example.SourceDocumentId, example.Metadata,
        ];
    }

    /// <summary>Columns of texts as a row.</summary>
    public static object?[] Row(TrainingRecord record) => [record.Query, record.Positives[0].Text, .. record.Negatives.Select(negative => negative.Text)];

    static string[] Texts(IReadOnlyList<Passage> passages) => [.. passages.Select(passage => passage.Text)];

    // Lists of nothing but nulls say nothing.
    static string?[]? Ids(IReadOnlyList<Passage> passages) => passages.Any(passage => passage.DocumentId is not null) ? [.. passages.Select(passage => passage.DocumentId)] : null;

    static object?[]? Scores(IReadOnlyList<Passage> passages) => passages.Any(passage => passage.Score is not null) ? [.. passages.Select(passage => (object?)passage.Score)] : null;
}
