namespace ReasonIR.Retrieval.Measures;

/// <summary>What an evaluation gave: a value a query and measure, and both means that the field uses.</summary>
public sealed class Evaluation
{
    readonly Dictionary<string, double[]> _values;
    readonly double[] _missingSums;

    /// <param name="measures">The measures, in the order of the values.</param>
    /// <param name="values">Evaluated query → value of each measure.</param>
    /// <param name="missing">Queries with judgments that the run lacks.</param>
    /// <param name="missingSums">What those add to sums over all judged queries (their relevant documents), a measure each.</param>
    /// <param name="withoutJudgments">Queries of the run that nobody judged.</param>
    internal Evaluation(
        MeasureSet measures, Dictionary<string, double[]> values, IReadOnlyList<string> missing, double[] missingSums,
        IReadOnlyList<string> withoutJudgments)
    {
        (Measures, _values, Missing, _missingSums, WithoutJudgments) = (measures, values, missing, missingSums, withoutJudgments);
        MeanOverEvaluated = Means(_values.Count, overMissing: false);
        MeanOverQrels = Means(_values.Count + missing.Count, overMissing: true);
    }

    public MeasureSet Measures { get; }

    /// <summary>The queries that have judgments and stand in the run, in the run's order.</summary>
    public IReadOnlyCollection<string> Queries => _values.Keys;

    /// <summary>Queries with judgments that the run lacks; 0 in <see cref="MeanOverQrels"/>.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Queries of the run without judgments; left out everywhere.</summary>
    public IReadOnlyList<string> WithoutJudgments { get; }

    /// <summary>Measure → mean over the queries in both files (pytrec_eval's users, plain <c>trec_eval</c>); counts are sums.</summary>
    public IReadOnlyDictionary<string, double> MeanOverEvaluated { get; }

    /// <summary>Measure → mean over all queries with judgments, those the run lacks as 0 (<c>trec_eval -c</c>); counts are sums.</summary>
    public IReadOnlyDictionary<string, double> MeanOverQrels { get; }

    /// <summary>The value of a measure for an evaluated query.</summary>
    public double this[string query, string measure] => _values.TryGetValue(query, out var values)
        ? values[Measures.PlaceOf(measure)]
        : throw new KeyNotFoundException($"query {query} was not evaluated");

    /// <summary>Query → value of one measure: what a paired test compares.</summary>
    public IReadOnlyDictionary<string, double> PerQuery(string measure)
    {
        var place = Measures.PlaceOf(measure);
        return _values.ToDictionary(pair => pair.Key, pair => pair.Value[place], StringComparer.Ordinal);
    }

    /// <summary>Measure → value for one evaluated query.</summary>
    public IReadOnlyDictionary<string, double> PerMeasure(string query) =>
        Measures.Names.ToDictionary(name => name, name => this[query, name], StringComparer.Ordinal);

    Dictionary<string, double> Means(int queries, bool overMissing)
    {
        var means = new Dictionary<string, double>(Measures.Count, StringComparer.Ordinal);
        for (var place = 0; place < Measures.Count; place++)
        {
            var sum = overMissing ? _missingSums[place] : 0;
            foreach (var values in _values.Values)
                sum += values[place];
            means.Add(Measures.Names[place], Measures[place].IsCount || queries == 0 ? sum : sum / queries);
        }
        return means;
    }
}
