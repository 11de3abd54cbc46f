using ReasonIR.Retrieval.TrainingFiles;

namespace ReasonIR.Portal.Datasets.Exports;

/// <summary>A form in which a version can leave.</summary>
/// <param name="Name">As it is asked for.</param>
/// <param name="Parquet">A Parquet file, else JSON lines.</param>
/// <param name="Columns">anchor, positive and negatives alone, as sentence-transformers reads them.</param>
/// <param name="Lines">The form of the lines; of columns the same in Parquet.</param>
public sealed record ExportForm(string Name, bool Parquet, bool Columns, TrainingFormat Lines)
{
    static readonly ExportForm[] All =
    [
        new("plain", false, false, TrainingFormat.Plain), new("instruct", false, false, TrainingFormat.Instruct), new("flagembedding", false, false, TrainingFormat.FlagEmbedding),
        new("columns", false, true, TrainingFormat.Columns), new("parquet", true, false, TrainingFormat.Instruct), new("columns-parquet", true, true, TrainingFormat.Columns),
    ];

    /// <summary>What the file is called.</summary>
    public string File => Parquet ? "train.parquet" : "train.jsonl";

    /// <summary>The form of a name; <c>jsonl</c>, <c>st</c> and <c>st-parquet</c> are others for plain, columns and columns-parquet.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static ExportForm Of(string name)
    {
        var own = name switch { "jsonl" => "plain", "st" => "columns", "st-parquet" => "columns-parquet", _ => name };
        return All.FirstOrDefault(form => form.Name == own)
            ?? throw new ArgumentException($"format: expected jsonl (plain), instruct, flagembedding, st (columns), parquet or st-parquet, found '{name}'.");
    }
}
