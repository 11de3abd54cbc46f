using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Portal.Datasets.Reports;

/// <summary>A teacher's scores of positives and negatives.</summary>
sealed class ScoreTally
{
    long positives, negatives;
    double positiveSum, negativeSum;
    int negativeAbove;

    public void Add(Example example)
    {
        var (good, bad) = (Scores(example.Positives), Scores(example.Negatives));
        (positives, positiveSum) = (positives + good.Count, positiveSum + good.Sum());
        (negatives, negativeSum) = (negatives + bad.Count, negativeSum + bad.Sum());
        negativeAbove += good.Count > 0 && bad.Count > 0 && bad.Max() >= good.Max() ? 1 : 0;
    }

    public ScoreFacts? Read() => positives + negatives == 0 ? null
        : new(positives, positives == 0 ? null : positiveSum / positives, negatives, negatives == 0 ? null : negativeSum / negatives, negativeAbove);

    static List<double> Scores(IReadOnlyList<Passage> passages) => [.. passages.Select(passage => passage.Score).OfType<double>().Where(double.IsFinite)];
}
