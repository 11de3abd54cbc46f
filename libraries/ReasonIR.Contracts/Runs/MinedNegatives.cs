using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>Negatives taken from a ranking of the corpus for the query, guarded against false negatives: every ranking that is made guards.</summary>
/// <param name="PerExample">How many an example gets; 0: none.</param>
/// <param name="FromRank">First rank of the window, from 1.</param>
/// <param name="ToRank">Last rank of the window.</param>
/// <param name="MaxScoreRatio">A candidate whose score exceeds this share of the positive's score is left out.</param>
/// <param name="MinMargin">A candidate scores at least this much less than the positive, in the units of BM25's scores.</param>
/// <param name="By">Whose window is drawn from: <c>bm25</c>, <c>dense</c> (an index of <paramref name="Model"/>), or <c>both</c> in turn.</param>
/// <param name="Model">An encoder whose index of the corpus there is; its ranks and similarities are recorded too.</param>
/// <param name="MaxDenseRatio">As <paramref name="MaxScoreRatio"/>, of the similarities.</param>
/// <param name="MinDenseMargin">As <paramref name="MinMargin"/>, of the similarities.</param>
public sealed record MinedNegatives(
    int PerExample = 0, int FromRank = 20, int ToRank = 100, double MaxScoreRatio = 0.95,
    double MinMargin = 0,
    string By = "bm25",
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Model = null,
    double MaxDenseRatio = 0.95,
    double MinDenseMargin = 0)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range<int>("hardNegatives.perExample", PerExample, 0, 100),
        .. SpecChecks.Range<int>("hardNegatives.fromRank", FromRank, 1, 1000),
        .. SpecChecks.Range<int>("hardNegatives.toRank", ToRank, FromRank, 1000),
        .. SpecChecks.Range<double>("hardNegatives.maxScoreRatio", MaxScoreRatio, 0, 10),
        .. SpecChecks.Range<double>("hardNegatives.minMargin", MinMargin, 0, 1_000_000),
        .. SpecChecks.OneOf("hardNegatives.by", By, "bm25", "dense", "both"),
        .. Model is null ? [] : SpecChecks.Name("hardNegatives.model", Model),
        .. By != "bm25" && Model is null ? new[] { $"hardNegatives.model: expected a model whose index of the corpus there is, because negatives are mined by {By}; found none." } : [],
        .. SpecChecks.Range<double>("hardNegatives.maxDenseRatio", MaxDenseRatio, 0, 10),
        .. SpecChecks.Range<double>("hardNegatives.minDenseMargin", MinDenseMargin, 0, 2),
    ];
}
