using System.Collections;

namespace ReasonIR.Retrieval.Measures;

/// <summary>The measures of an evaluation, each once, in the order they were named.</summary>
public sealed class MeasureSet : IReadOnlyList<Measure>
{
    static readonly int[] TrecEvalCutoffs = [1, 5, 10, 25, 50, 100];

    readonly Measure[] _measures;
    readonly Dictionary<string, int> _places;

    public MeasureSet(IEnumerable<Measure> measures)
    {
        _measures = [.. measures.Distinct()];
        if (_measures.Length == 0)
            throw new ArgumentException("expected at least one measure");
        Names = Array.AsReadOnly(Array.ConvertAll(_measures, measure => measure.Name));
        _places = Names.Select((name, place) => (name, place)).ToDictionary(p => p.name, p => p.place, StringComparer.Ordinal);
    }

    /// <summary>What a leaderboard shows: nDCG@10 first.</summary>
    public static MeasureSet Leaderboard { get; } =
        Parse("ndcg_cut_10", "recall_10", "recall_100", "map", "P_10", "recip_rank", "success_1");

    /// <summary>All of trec_eval's measures that are implemented, cut at 1, 5, 10, 25, 50 and 100 as BRIGHT does.</summary>
    public static MeasureSet TrecEval { get; } = new(
    [
        .. new[] { "ndcg", "map", "recip_rank", "bpref", "Rprec", "num_ret", "num_rel", "num_rel_ret" }.Select(Measure.Parse),
        .. new[] { MeasureFamily.NdcgCut, MeasureFamily.MapCut, MeasureFamily.Recall, MeasureFamily.Precision }
            .SelectMany(family => TrecEvalCutoffs.Select(k => new Measure(family, k))),
        .. new[] { 1, 5, 10 }.Select(k => new Measure(MeasureFamily.Success, k)),
    ]);

    /// <summary>What an evaluation stores: <see cref="TrecEval"/>, and how much of the first 10 and 100 anybody judged.</summary>
    public static MeasureSet Stored { get; } = new([.. TrecEval, new(MeasureFamily.Judged, 10), new(MeasureFamily.Judged, 100)]);

    /// <summary>The measures' names.</summary>
    public IReadOnlyList<string> Names { get; }

    public int Count => _measures.Length;

    public Measure this[int index] => _measures[index];

    /// <summary>Reads trec_eval's names.</summary>
    /// <exception cref="FormatException">A name is unknown.</exception>
    public static MeasureSet Parse(params IEnumerable<string> names) => new(names.Select(Measure.Parse));

    /// <summary>The place of a measure in the set.</summary>
    /// <exception cref="KeyNotFoundException">The set lacks it.</exception>
    public int PlaceOf(string name) => _places.TryGetValue(name, out var place)
        ? place
        : throw new KeyNotFoundException($"measure {name} was not evaluated; evaluated: {string.Join(", ", Names)}");

    public IEnumerator<Measure> GetEnumerator() => ((IEnumerable<Measure>)_measures).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _measures.GetEnumerator();
}
