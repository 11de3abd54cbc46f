namespace ReasonIR.Contracts.Datasets;

/// <summary>What the examples of a version are like. Lengths are counted in words: runs of letters and digits.</summary>
/// <param name="Examples">Stored examples.</param>
/// <param name="Lengths">Of queries, instructions, positives, negatives and reasoned queries, those that there are.</param>
/// <param name="PositivesEach">Examples by how many positives they have.</param>
/// <param name="NegativesEach">Examples by how many hard negatives they have.</param>
/// <param name="LeastNegatives">As many as every example has.</param>
/// <param name="Generators">Examples by what made them.</param>
/// <param name="Steps">Examples by the step of synthesis that began them; empty where none is recorded.</param>
/// <param name="Prompts">Prompts that had a part in them.</param>
/// <param name="Instructions">The most frequent instructions of queries, twenty at most.</param>
/// <param name="DifferentInstructions">How many there are.</param>
/// <param name="Sources">The documents they come from.</param>
/// <param name="Duplicates">Equal and nearly equal ones.</param>
/// <param name="Overlap">Examples by the share of the query's different words that stand in its first positive: low where a search for words cannot find it.</param>
/// <param name="Difficulty">Where retrievers rank positives and negatives; null where nobody measured it.</param>
/// <param name="Judge">A language model's grades; null where there are none.</param>
/// <param name="Scores">A teacher's scores; null where there are none.</param>
/// <param name="Tags">Tags that reviewers gave.</param>
public sealed record DatasetReport(
    int Examples,
    IReadOnlyList<LengthFacts> Lengths,
    IReadOnlyList<NamedCount> PositivesEach,
    IReadOnlyList<NamedCount> NegativesEach,
    int LeastNegatives,
    IReadOnlyList<NamedCount> Generators,
    IReadOnlyList<NamedCount> Steps,
    IReadOnlyList<PromptCount> Prompts,
    IReadOnlyList<NamedCount> Instructions,
    int DifferentInstructions,
    SourceFacts Sources,
    DuplicateFacts Duplicates,
    IReadOnlyList<NamedCount> Overlap,
    DifficultyFacts? Difficulty,
    JudgeFacts? Judge,
    ScoreFacts? Scores,
    IReadOnlyList<NamedCount> Tags)
{
    /// <summary>Lengths of one kind of text; null where there are none.</summary>
    public LengthFacts? Length(string of) => Lengths.FirstOrDefault(length => length.Of == of);
}

/// <summary>A name, a bin of a histogram, and how many.</summary>
public sealed record NamedCount(string Name, long Count);

/// <summary>A prompt, by its hash.</summary>
/// <param name="Name">Its name; empty where only the hash is recorded.</param>
/// <param name="Hash">Hex SHA-256.</param>
/// <param name="Examples">Examples it had a part in.</param>
public sealed record PromptCount(string Name, string Hash, long Examples);

/// <summary>Lengths of texts, in words.</summary>
/// <param name="Of"><c>query</c>, <c>instruction</c>, <c>positive</c>, <c>negative</c> or <c>reasoned</c>.</param>
/// <param name="Texts">How many texts.</param>
/// <param name="Bins">A histogram over them.</param>
public sealed record LengthFacts(string Of, long Texts, int Least, double Mean, int Median, int P95, int Most, IReadOnlyList<NamedCount> Bins);

/// <summary>The documents that examples come from.</summary>
/// <param name="Documents">Different source documents.</param>
/// <param name="MostExamples">Examples of the document that has the most.</param>
/// <param name="Without">Examples without one.</param>
public sealed record SourceFacts(int Documents, int MostExamples, int Without);

/// <summary>Equal and nearly equal examples. Texts count as equal where their words are, whatever case and punctuation.</summary>
/// <param name="SameQuery">Examples whose query an earlier example has.</param>
/// <param name="SameExample">Examples that an earlier one equals in query, positives and negatives.</param>
/// <param name="NearQuery">Examples whose query is near an earlier one's (Jaccard's index of their words at or above <paramref name="Threshold"/>), equal ones included.</param>
/// <param name="Compared">Queries that were compared for nearness: all, or the first where they are too many.</param>
/// <param name="Threshold">Of nearness.</param>
/// <param name="PositiveIsNegative">Examples of which a positive is also a hard negative.</param>
/// <param name="QueryIsPositive">Examples whose query stands word for word in a positive.</param>
/// <param name="First">The first few near pairs, by ordinal.</param>
/// <param name="Estimated">Too many to be compared exactly: nearness is an estimate by MinHash, of each query to the earlier ones that are near none.</param>
public sealed record DuplicateFacts(
    int SameQuery, int SameExample, int NearQuery, int Compared, double Threshold, int PositiveIsNegative, int QueryIsPositive, IReadOnlyList<NearPair> First, bool Estimated = false);

/// <summary>Two examples whose queries are near.</summary>
public sealed record NearPair(int First, int Second, double Similarity);

/// <summary>How hard the examples are for retrievers, as it was measured when they were made.</summary>
/// <param name="Measured">Examples with a measured rank.</param>
/// <param name="Bm25Positive">Examples by the best BM25 rank of a positive.</param>
/// <param name="DensePositive">The same by an encoder.</param>
/// <param name="Bm25Negative">Negatives by BM25 rank.</param>
/// <param name="DenseNegative">The same by an encoder.</param>
/// <param name="NegativeAhead">Examples of which BM25 ranks a negative before every positive.</param>
public sealed record DifficultyFacts(
    int Measured, IReadOnlyList<NamedCount> Bm25Positive, IReadOnlyList<NamedCount> DensePositive, IReadOnlyList<NamedCount> Bm25Negative, IReadOnlyList<NamedCount> DenseNegative, int NegativeAhead);

/// <summary>Grades that a language model gave, 1 to 5.</summary>
/// <param name="Query">Queries by grade of quality.</param>
/// <param name="Positive">Positives by grade of how much they help.</param>
/// <param name="Negative">Negatives by the same.</param>
/// <param name="Second">Passages that two judges graded.</param>
/// <param name="Kappa">Cohen's kappa of the two judges; null where it is not defined.</param>
/// <param name="WeightedKappa">With quadratic weights.</param>
public sealed record JudgeFacts(
    IReadOnlyList<NamedCount> Query, IReadOnlyList<NamedCount> Positive, IReadOnlyList<NamedCount> Negative, int Second, double? Kappa, double? WeightedKappa);

/// <summary>A teacher's scores.</summary>
/// <param name="Positives">How many positives have one.</param>
/// <param name="PositiveMean">Their mean.</param>
/// <param name="Negatives">How many negatives have one.</param>
/// <param name="NegativeMean">Their mean.</param>
/// <param name="NegativeAbove">Examples of which a negative scores at least as high as every positive.</param>
public sealed record ScoreFacts(long Positives, double? PositiveMean, long Negatives, double? NegativeMean, int NegativeAbove);
