namespace ReasonIR.Retrieval.Measures;

/// <summary>
/// One query's ranking reduced to grades, with what every measure needs summed up to each rank, so that a measure at any
/// cutoff costs a look-up. One instance serves many queries one after the other; not thread-safe.
/// </summary>
sealed class RankedQuery
{
    /// <summary>Stands for a document nobody judged.</summary>
    public const int Unjudged = int.MinValue;

    // Index = rank, from 1; index 0 holds the sum of nothing.
    int[] _relevant = new int[1], _judged = new int[1];
    double[] _precisions = new double[1], _gains = new double[1], _exponentialGains = new double[1];
    double[] _idealGains = new double[1], _idealExponentialGains = new double[1];
    readonly List<int> _positiveGrades = [];
    int _retrieved, _firstRelevant, _judgedNonRelevant;
    double _bprefSum;

    int Relevant => _positiveGrades.Count;

    /// <summary>Takes a query.</summary>
    /// <param name="ranking">The grade of each retrieved document, best first; <see cref="Unjudged"/> where it has none.</param>
    /// <param name="judged">The grades of all judged documents of the query.</param>
    public void Load(ReadOnlySpan<int> ranking, IEnumerable<int> judged)
    {
        LoadIdeal(judged);
        Resize(ref _relevant, ranking.Length);
        Resize(ref _judged, ranking.Length);
        Resize(ref _precisions, ranking.Length);
        Resize(ref _gains, ranking.Length);
        Resize(ref _exponentialGains, ranking.Length);
        (_retrieved, _firstRelevant, _bprefSum) = (ranking.Length, 0, 0);
        var (nonRelevantSeen, bound) = (0, Math.Min(Relevant, _judgedNonRelevant));
        for (var rank = 1; rank <= ranking.Length; rank++)
        {
            var grade = ranking[rank - 1];
            var isRelevant = grade >= 1;
            _judged[rank] = _judged[rank - 1] + (grade == Unjudged ? 0 : 1);
            _relevant[rank] = _relevant[rank - 1] + (isRelevant ? 1 : 0);
            _precisions[rank] = _precisions[rank - 1] + (isRelevant ? (double)_relevant[rank] / rank : 0);
            _gains[rank] = _gains[rank - 1] + (isRelevant ? grade / Math.Log2(rank + 1) : 0);
            _exponentialGains[rank] = _exponentialGains[rank - 1] + (isRelevant ? Exponential(grade) / Math.Log2(rank + 1) : 0);
            if (isRelevant)
            {
                if (_firstRelevant == 0)
                    _firstRelevant = rank;
                _bprefSum += bound == 0 ? 1 : 1 - (double)Math.Min(nonRelevantSeen, bound) / bound;
            }
            else if (grade == 0)
                nonRelevantSeen++;
        }
    }

    /// <summary>The value of a measure; 0 for all but the counts and judged where the query has no relevant document.</summary>
    public double Value(Measure measure) => measure.Family switch
    {
        MeasureFamily.NumRetrieved => _retrieved,
        MeasureFamily.NumRelevant => Relevant,
        MeasureFamily.NumRelevantRetrieved => _relevant[_retrieved],
        MeasureFamily.Judged => _retrieved == 0 ? 0 : (double)_judged[At(measure.Cutoff)] / At(measure.Cutoff),
        _ when Relevant == 0 => 0,
        MeasureFamily.Ndcg => _gains[_retrieved] / _idealGains[Relevant],
        MeasureFamily.NdcgCut => _gains[At(measure.Cutoff)] / _idealGains[Math.Min(measure.Cutoff, Relevant)],
        MeasureFamily.NdcgExponentialGainCut =>
            _exponentialGains[At(measure.Cutoff)] / _idealExponentialGains[Math.Min(measure.Cutoff, Relevant)],
        MeasureFamily.Map => _precisions[_retrieved] / Relevant,
        MeasureFamily.MapCut => _precisions[At(measure.Cutoff)] / Relevant,
        MeasureFamily.ReciprocalRank => _firstRelevant == 0 ? 0 : 1.0 / _firstRelevant,
        MeasureFamily.Precision => (double)_relevant[At(measure.Cutoff)] / measure.Cutoff,
        MeasureFamily.Recall => (double)_relevant[At(measure.Cutoff)] / Relevant,
        MeasureFamily.Success => _relevant[At(measure.Cutoff)] > 0 ? 1 : 0,
        MeasureFamily.Bpref => _bprefSum / Relevant,
        MeasureFamily.RPrecision => (double)_relevant[At(Relevant)] / Relevant,
        _ => throw new ArgumentOutOfRangeException(nameof(measure), measure.Family, "unknown family"),
    };

    void LoadIdeal(IEnumerable<int> judged)
    {
        _positiveGrades.Clear();
        _judgedNonRelevant = 0;
        foreach (var grade in judged)
            if (grade >= 1)
                _positiveGrades.Add(grade);
            else if (grade == 0)
                _judgedNonRelevant++;
        _positiveGrades.Sort();
        Resize(ref _idealGains, Relevant);
        Resize(ref _idealExponentialGains, Relevant);
        for (var rank = 1; rank <= Relevant; rank++)
        {
            var grade = _positiveGrades[^rank];
            _idealGains[rank] = _idealGains[rank - 1] + grade / Math.Log2(rank + 1);
            _idealExponentialGains[rank] = _idealExponentialGains[rank - 1] + Exponential(grade) / Math.Log2(rank + 1);
        }
    }

    int At(int cutoff) => Math.Min(cutoff, _retrieved);

    static double Exponential(int grade) => Math.Pow(2, grade) - 1;

    static void Resize<T>(ref T[] sums, int ranks)
    {
        if (sums.Length <= ranks)
            sums = new T[Math.Max(ranks + 1, sums.Length * 2)];
    }
}
