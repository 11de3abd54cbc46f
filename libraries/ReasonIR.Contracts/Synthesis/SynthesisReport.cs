namespace ReasonIR.Contracts.Synthesis;

/// <summary>What a run of a recipe made, step by step.</summary>
/// <param name="Items">Items of the run: seed documents and examples of varied length.</param>
/// <param name="Done">Items that are done.</param>
/// <param name="Examples">Examples made.</param>
/// <param name="Negatives">Their negatives.</param>
/// <param name="Skipped">Items without an example, by reason.</param>
/// <param name="Steps">In the order of the recipe; those that are off are told too.</param>
/// <param name="Lengths">In words.</param>
/// <param name="Grades">How often each grade was given, by what was graded.</param>
/// <param name="Ranks">Ranks by BM25 over the corpus: how hard positives are to find by words, and how tempting negatives are.</param>
/// <param name="Attempts">How often was asked, by step.</param>
/// <param name="Agreement">Of two judges; null where no second one graded.</param>
/// <param name="Costs">What was paid for, by purpose.</param>
public sealed record SynthesisReport(
    int Items, int Done, int Examples, int Negatives,
    IReadOnlyDictionary<string, int> Skipped,
    IReadOnlyList<StepReport> Steps,
    IReadOnlyList<Spread> Lengths,
    IReadOnlyList<GradeCounts> Grades,
    IReadOnlyList<Spread> Ranks,
    IReadOnlyList<Spread> Attempts,
    JudgeAgreement? Agreement,
    IReadOnlyList<PurposeCost> Costs);

/// <param name="Step">The section of the recipe.</param>
/// <param name="On">Whether the recipe has it.</param>
/// <param name="Kept">What it made and kept: queries, examples, positives, negatives, expansions.</param>
/// <param name="Dropped">What it left out.</param>
/// <param name="Again">What was asked for again, because an attempt failed a check.</param>
public sealed record StepReport(string Step, bool On, int Kept, IReadOnlyList<ReasonCount> Dropped, IReadOnlyList<ReasonCount> Again);

/// <param name="Examples">A few, cut short.</param>
public sealed record ReasonCount(string Reason, int Count, IReadOnlyList<string> Examples);

/// <summary>How numbers are spread.</summary>
/// <param name="P10">A tenth of them are at most this.</param>
/// <param name="P90">A tenth of them are at least this.</param>
/// <param name="Bins">Counts over ranges, for a picture.</param>
public sealed record Spread(string Name, int Count, double Mean, int Least, int P10, int Median, int P90, int Most, IReadOnlyList<SpreadBin> Bins);

/// <param name="From">First number of the range.</param>
/// <param name="To">Last number of the range.</param>
public sealed record SpreadBin(int From, int To, int Count);

/// <param name="Of">What was graded.</param>
/// <param name="Counts">Of the grades 1 to 5.</param>
public sealed record GradeCounts(string Of, IReadOnlyList<int> Counts);

/// <summary>Two judges on the same passages.</summary>
/// <param name="Passages">How many both graded.</param>
/// <param name="Threshold">The grade from which a passage helps.</param>
/// <param name="SameSide">The share on which both say that it helps, or both that it does not.</param>
/// <param name="Kappa">Cohen's kappa of that; null where both only ever say one thing.</param>
/// <param name="WeightedKappa">Cohen's kappa of the grades, by quadratic weights.</param>
/// <param name="Table">Counts: 5 rows, the first judge's grade from 1; 5 columns, the second's.</param>
public sealed record JudgeAgreement(int Passages, int Threshold, double SameSide, double? Kappa, double? WeightedKappa, IReadOnlyList<IReadOnlyList<int>> Table);

/// <param name="Purpose">The prompt, and whether it was a repair.</param>
/// <param name="Cost">In the currency of the configured prices.</param>
/// <param name="MeanSeconds">Of an answer.</param>
public sealed record PurposeCost(string Purpose, int Calls, long InputTokens, long OutputTokens, decimal Cost, double MeanSeconds);
