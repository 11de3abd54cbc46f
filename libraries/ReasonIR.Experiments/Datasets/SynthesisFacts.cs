namespace ReasonIR.Experiments.Datasets;

/// <summary>How an example was synthesized by a language model; part of its <see cref="ExampleMetadata"/>.</summary>
/// <param name="Step">What began it: <c>hard-query</c> or <c>varied-length</c>.</param>
/// <param name="Item">The run's item it is of: a document, or an example of varied length.</param>
/// <param name="Prompts">The hash of every prompt that had a part in it, by the prompt's name.</param>
/// <param name="Attempts">How often its query was asked for.</param>
/// <param name="Field">The field of knowledge, as the model named it.</param>
/// <param name="Link">The steps from the query to the document, as the model named them.</param>
/// <param name="QueryGrade">The judge's grade of the query, 1 to 5.</param>
/// <param name="QueryReason">The judge's reason.</param>
/// <param name="LeastWords">The lengths drawn for query and positive, where they were drawn.</param>
/// <param name="Positives">Of each positive, in their order.</param>
/// <param name="Negatives">Of each negative, in their order.</param>
public sealed record SynthesisFacts(
    string Step,
    int Item,
    IReadOnlyDictionary<string, string> Prompts,
    int Attempts = 1,
    string? Field = null,
    string? Link = null,
    int? QueryGrade = null,
    string? QueryReason = null,
    IReadOnlyList<int>? LeastWords = null,
    IReadOnlyList<PassageFacts>? Positives = null,
    IReadOnlyList<PassageFacts>? Negatives = null);

/// <summary>Where a passage of a synthesized example comes from, and how hard it is.</summary>
/// <param name="Source"><c>seed</c>, <c>graded</c> (found and graded), <c>written</c>, or <c>mined</c>.</param>
/// <param name="Grade">The judge's grade of how much it helps with the query, 1 to 5.</param>
/// <param name="Reason">The judge's reason.</param>
/// <param name="SecondGrade">The second judge's grade.</param>
/// <param name="Bm25Rank">Its rank for the query over the corpus, from 1; null where it was not found, or is no document.</param>
/// <param name="Bm25Score">Its score for the query.</param>
/// <param name="DenseRank">As <paramref name="Bm25Rank"/>, by an encoder.</param>
/// <param name="DenseScore">Its similarity to the query.</param>
/// <param name="Attempts">How often it was asked for, where it was written.</param>
/// <param name="Gap">Why it does not help, as its author said.</param>
public sealed record PassageFacts(
    string Source,
    int? Grade = null,
    string? Reason = null,
    int? SecondGrade = null,
    int? Bm25Rank = null,
    double? Bm25Score = null,
    int? DenseRank = null,
    double? DenseScore = null,
    int? Attempts = null,
    string? Gap = null);
