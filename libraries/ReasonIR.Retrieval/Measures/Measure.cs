using System.Globalization;

namespace ReasonIR.Retrieval.Measures;

/// <summary>A measure under trec_eval's name: <c>map</c>, <c>ndcg_cut_10</c>, <c>P_5</c>, <c>recip_rank</c> …</summary>
/// <param name="Family">What is measured.</param>
/// <param name="Cutoff">The rank k it is cut at; 0 for families without one.</param>
public readonly record struct Measure(MeasureFamily Family, int Cutoff = 0)
{
    static readonly (MeasureFamily Family, string Name, bool Cut)[] Names =
    [
        (MeasureFamily.Ndcg, "ndcg", false),
        (MeasureFamily.NdcgCut, "ndcg_cut", true),
        (MeasureFamily.NdcgExponentialGainCut, "ndcg_exponential_gain_cut", true),
        (MeasureFamily.Map, "map", false),
        (MeasureFamily.MapCut, "map_cut", true),
        (MeasureFamily.ReciprocalRank, "recip_rank", false),
        (MeasureFamily.Precision, "P", true),
        (MeasureFamily.Recall, "recall", true),
        (MeasureFamily.Success, "success", true),
        (MeasureFamily.Judged, "judged", true),
        (MeasureFamily.Bpref, "bpref", false),
        (MeasureFamily.RPrecision, "Rprec", false),
        (MeasureFamily.NumRetrieved, "num_ret", false),
        (MeasureFamily.NumRelevant, "num_rel", false),
        (MeasureFamily.NumRelevantRetrieved, "num_rel_ret", false),
    ];

    /// <summary>The name trec_eval prints.</summary>
    public string Name
    {
        get
        {
            var family = Family;
            var name = Array.Find(Names, n => n.Family == family);
            return name.Cut ? string.Create(CultureInfo.InvariantCulture, $"{name.Name}_{Cutoff}") : name.Name;
        }
    }

    /// <summary>Whether its figure over queries is a sum, not a mean.</summary>
    public bool IsCount =>
        Family is MeasureFamily.NumRetrieved or MeasureFamily.NumRelevant or MeasureFamily.NumRelevantRetrieved;

    /// <summary>Reads a name as <see cref="Name"/> writes it.</summary>
    /// <exception cref="FormatException">No such measure; the message lists those there are.</exception>
    public static Measure Parse(string name)
    {
        foreach (var (family, stem, cut) in Names)
            if (!cut && name == stem)
                return new(family);
            else if (cut && name.StartsWith(stem + "_", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(stem.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var k) && k > 0)
                return new(family, k);
        throw new FormatException(
            $"unknown measure \"{name}\"; known: {string.Join(", ", Names.Select(n => n.Cut ? n.Name + "_K" : n.Name))}");
    }

    public override string ToString() => Name;
}
