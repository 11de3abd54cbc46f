namespace ReasonIR.Retrieval.TrainingFiles;

/// <summary>A passage of a training record.</summary>
/// <param name="Text">Its text; empty while only <paramref name="DocumentId"/> is known and has to be resolved.</param>
/// <param name="DocumentId">The document it is, in the collection it comes from; null where nobody said.</param>
/// <param name="Score">A teacher's score of it for the query, or null.</param>
/// <param name="Instruction">What is put before it when it is encoded, or null.</param>
public sealed record TrainingText(string Text, string? DocumentId = null, double? Score = null, string? Instruction = null);

/// <summary>One query with what answers it and what only seems to, as a training file has it.</summary>
/// <param name="Line">Its line in the file, from 1; 0 for one that comes from elsewhere.</param>
/// <param name="Positives">At least one.</param>
/// <param name="Negatives">Hard negatives; may be empty.</param>
/// <param name="Weight">Of the example in the loss; null: 1.</param>
/// <param name="Type">What the file calls the kind of task, or null.</param>
/// <param name="Reasoned">The query rewritten with reasoning, or null.</param>
/// <param name="Blank">Negatives of the file that were blank and are left out.</param>
public sealed record TrainingRecord(
    long Line, string Query, string? Instruction, IReadOnlyList<TrainingText> Positives, IReadOnlyList<TrainingText> Negatives,
    double? Weight = null, string? Type = null, string? Reasoned = null, int Blank = 0);

/// <summary>The forms in which training files occur, all of them JSON lines.</summary>
public enum TrainingFormat
{
    /// <summary>Recognized at the first line.</summary>
    Auto,

    /// <summary><c>{"query": text, "pos": [text], "neg": [text]}</c></summary>
    Plain,

    /// <summary><c>{"query": [instruction, text], "pos": [[instruction, text]], "neg": [[instruction, text]]}</c> (GritLM, ReasonIR).</summary>
    Instruct,

    /// <summary>The plain form with <c>pos_scores</c>, <c>neg_scores</c>, <c>prompt</c> and <c>type</c> (FlagEmbedding).</summary>
    FlagEmbedding,

    /// <summary>Columns (sentence-transformers): <c>anchor</c>, <c>positive</c>, <c>negative</c>, <c>negative_2</c> …</summary>
    Columns,
}

/// <summary>The columns of <see cref="TrainingFormat.Columns"/>. A positive or negative column may also be numbered: <c>negative_1</c>, <c>negative_2</c> …</summary>
public sealed record TrainingColumns(string Query = "anchor", string Positive = "positive", string Negative = "negative");

/// <summary>How a training file is to be read.</summary>
/// <param name="PositivesAreIds">The positives are ids of documents in place of texts, as in ReasonIR's hard queries.</param>
/// <param name="NegativesAreIds">The negatives are.</param>
/// <param name="Columns">Null: those that sentence-transformers names.</param>
/// <param name="MostTexts">Positives, and negatives, of one record at most.</param>
public sealed record TrainingFileOptions(
    TrainingFormat Format = TrainingFormat.Auto, bool PositivesAreIds = false, bool NegativesAreIds = false, TrainingColumns? Columns = null, int MostTexts = 10_000);
