using ReasonIR.Retrieval.TrainingFiles;

namespace ReasonIR.Portal.Datasets.Exports;

/// <summary>
/// Examples as rows of anchor, positive and a fixed number of negatives: a row a positive. What such a row cannot hold is left out where that
/// is wanted, and an error otherwise.
/// </summary>
/// <param name="negatives">Negatives of each row; an example with fewer has no row, one with more gives its first.</param>
/// <param name="lossy">Whether instructions, scores, weights and reasoned queries may be left out, and examples with too few negatives.</param>
sealed class ColumnRows(int negatives, bool lossy)
{
    long number;

    /// <summary>The rows of an example.</summary>
    /// <exception cref="ArgumentException">A row cannot hold it.</exception>
    public IEnumerable<TrainingRecord> Of(TrainingRecord record)
    {
        number++;
        if (record.Negatives.Count < negatives)
            return lossy ? [] : throw Refused($"has {record.Negatives.Count} negatives where {negatives} are asked for");
        if (!lossy && Loss(record) is { } loss)
            throw Refused(loss);
        return record.Positives.Select(positive => new TrainingRecord(record.Line, record.Query, null, [new(positive.Text)], [.. record.Negatives.Take(negatives).Select(negative => new TrainingText(negative.Text))]));
    }

    static string? Loss(TrainingRecord record) =>
        record.Instruction is not null || record.Positives.Concat(record.Negatives).Any(text => text.Instruction is not null) ? "has an instruction"
        : record.Weight is not null ? "has a weight"
        : record.Reasoned is not null ? "has a reasoned query"
        : record.Positives.Concat(record.Negatives).Any(text => text.Score is not null) ? "has scores" : null;

    ArgumentException Refused(string what) => new($"Example {number} {what}, which columns of texts cannot hold; parquet, instruct or flagembedding can, and 'lossy' leaves it out.");
}
