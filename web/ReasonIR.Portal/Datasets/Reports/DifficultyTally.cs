using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Portal.Datasets.Reports;

/// <summary>Where BM25 and an encoder rank positives and negatives, as synthesis recorded it.</summary>
sealed class DifficultyTally
{
    readonly Bins bm25Positive = Bins.OfRanks(), densePositive = Bins.OfRanks(), bm25Negative = Bins.OfRanks(), denseNegative = Bins.OfRanks();
    int measured, bm25Missing, denseMissing, negativeAhead;

    public void Add(SynthesisFacts facts)
    {
        var (positives, negatives) = (facts.Positives ?? [], facts.Negatives ?? []);
        var byBm25 = positives.Concat(negatives).Any(passage => passage.Bm25Rank is not null);
        var byDense = positives.Concat(negatives).Any(passage => passage.DenseRank is not null);
        if (!byBm25 && !byDense)
            return;
        measured++;
        var best = positives.Min(passage => passage.Bm25Rank);
        if (byBm25)
        {
            Best(best, bm25Positive, ref bm25Missing);
            negativeAhead += negatives.Min(passage => passage.Bm25Rank) is { } negative && negative < (best ?? int.MaxValue) ? 1 : 0;
        }
        if (byDense)
            Best(positives.Min(passage => passage.DenseRank), densePositive, ref denseMissing);
        foreach (var negative in negatives)
        {
            if (negative.Bm25Rank is { } rank)
                bm25Negative.Add(rank);
            if (negative.DenseRank is { } dense)
                denseNegative.Add(dense);
        }
    }

    public DifficultyFacts? Read() => measured == 0 ? null
        : new(measured, With(bm25Positive, bm25Missing), With(densePositive, denseMissing), bm25Negative.Read(), denseNegative.Read(), negativeAhead);

    static void Best(int? rank, Bins bins, ref int missing)
    {
        if (rank is { } found)
            bins.Add(found);
        else
            missing++;
    }

    static IReadOnlyList<NamedCount> With(Bins bins, int missing) => missing == 0 ? bins.Read() : [.. bins.Read(), new("not found", missing)];
}
