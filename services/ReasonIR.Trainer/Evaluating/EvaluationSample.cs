using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Trainer.Evaluating;

/// <summary>Judged queries and the documents that are searched for them during a run.</summary>
/// <param name="Name">Corpus and query set.</param>
/// <param name="Instruction">Of the queries; null: that of the data's first source.</param>
/// <param name="DocumentIds">Judged ones of the queries first, then others drawn from the corpus.</param>
/// <param name="Documents">Their texts, in the same order.</param>
/// <param name="QueryIds">The queries.</param>
/// <param name="Queries">Their texts.</param>
/// <param name="Judgments">Of these queries.</param>
/// <param name="Excluded">Documents that never count, by query.</param>
/// <param name="CorpusSize">Documents of the corpus.</param>
public sealed record EvaluationSample(
    string Name, string? Instruction, IReadOnlyList<string> DocumentIds, IReadOnlyList<string> Documents, IReadOnlyList<string> QueryIds, IReadOnlyList<string> Queries,
    Judgments Judgments, IReadOnlyDictionary<string, IReadOnlySet<string>> Excluded, long CorpusSize);
