using static TorchSharp.torch;

namespace ReasonIR.Training.Losses;

/// <summary>Contrastive loss with in-batch and hard negatives. Vectors need not be normalized: x / max(|x|, 1e-12) is taken here, in f32 at least.</summary>
public static class InfoNce
{
    /// <summary>
    /// Loss of each query, [queries]: log-sum-exp over the scores of what it is told apart from, less the score of its positive; the mean
    /// over its positives where it has several, each without the others.
    /// </summary>
    /// <param name="queries">[queries, width]</param>
    /// <param name="passages">[passages, width]</param>
    /// <param name="groups">Whose the passages are.</param>
    /// <param name="options">See there.</param>
    /// <param name="known">bool [rows, passages]: passages known to be relevant (or the same document), left out; null: none.</param>
    public static Tensor PerQuery(Tensor queries, Tensor passages, PassageGroups groups, InfoNceOptions options, Tensor? known = null)
    {
        using var scope = NewDisposeScope();
        var every = nn.functional.normalize(Wide(queries));
        var p = nn.functional.normalize(Wide(passages));
        var q = groups.Rows == groups.Queries ? every : every.index_select(0, groups.RowQueries);
        var cosines = q.matmul(p.t());
        var scores = cosines / options.Temperature;
        var positive = scores.gather(1, groups.Positives.unsqueeze(1)).squeeze(1);
        known = Join(known, groups.OtherPositives);

        var sums = new List<Tensor>();
        var blocks = new List<Tensor>();
        foreach (var direction in Enum.GetValues<Directions>())
            if (options.Directions.HasFlag(direction))
                blocks.Add(Block(direction));
        if (options.Partition == Partition.Joint)
            sums.Add(cat(blocks, 1).logsumexp(1));
        else
            sums.AddRange(blocks.Select(b => b.logsumexp(1)));
        var rows = stack(sums).mean([0]) - positive;
        return (groups.RowMeans() is { } means ? means.to(rows.dtype).matmul(rows.unsqueeze(1)).squeeze(1) : rows).MoveToOuterDisposeScope();

        Tensor Block(Directions direction)
        {
            var positives = p.index_select(0, groups.Positives);
            return direction switch
            {
                Directions.QueryToDocument => Without(scores, LeftOut(cosines.detach(), groups, options, known)),
                Directions.DocumentToQuery => Without(positives.matmul(every.t()) / options.Temperature, KnownQueries()),
                Directions.QueryToQuery => Without(q.matmul(every.t()) / options.Temperature, OwnQuery()),
                _ => Without(positives.matmul(p.t()) / options.Temperature, Join(groups.Own, known)),
            };
        }

        // [rows, queries]
        Tensor OwnQuery() => groups.RowQueries.unsqueeze(1).eq(arange(groups.Queries, device: groups.Device).unsqueeze(0));

        // [rows, queries]: other queries for which the row's positive is relevant too.
        Tensor? KnownQueries()
        {
            if (known is null)
                return null;
            var relevant = groups.RowMeans() is { } means ? means.matmul(known.to(means.dtype)).gt(0) : known;
            return relevant.index_select(1, groups.Positives).t().logical_and(OwnQuery().logical_not());
        }
    }

    /// <summary>The mean of <see cref="PerQuery"/>, weighted where weights [queries] are given: a scalar.</summary>
    public static Tensor Loss(Tensor queries, Tensor passages, PassageGroups groups, InfoNceOptions options, Tensor? known = null, Tensor? weights = null)
    {
        using var scope = NewDisposeScope();
        return Mean(PerQuery(queries, passages, groups, options, known), weights, options.WeightNorm).MoveToOuterDisposeScope();
    }

    /// <summary>The mean over queries of their losses [queries], a scalar.</summary>
    /// <param name="weights">[queries]; null: all alike.</param>
    public static Tensor Mean(Tensor losses, Tensor? weights, WeightNorm norm)
    {
        using var scope = NewDisposeScope();
        if (weights is null)
            return losses.mean().reshape().MoveToOuterDisposeScope();
        var wide = weights.to(losses.dtype);
        var sum = (losses * wide).sum();
        return (norm == WeightNorm.SumOfWeights ? sum / wide.sum().clamp(min: 1e-30) : sum / losses.shape[0]).reshape().MoveToOuterDisposeScope();
    }

    /// <summary>What leaves the softmax of the query-to-document direction, or null. It carries no gradient.</summary>
    /// <param name="cosines">[rows, passages]</param>
    public static Tensor? LeftOut(Tensor cosines, PassageGroups groups, InfoNceOptions options, Tensor? known)
    {
        var scoped = options.Scope switch
        {
            NegativeScope.OwnGroup => groups.Own.logical_not(),
            NegativeScope.OwnGroupAndOtherPositives => groups.Own.logical_or(groups.AnyPositive).logical_not(),
            NegativeScope.PositivesOnly => groups.AnyPositive.logical_not(),
            _ => null,
        };
        Tensor? suspected = known;
        if (options.Mask is { } mask)
        {
            var positive = cosines.gather(1, groups.Positives.unsqueeze(1));
            var bound = mask.Relative ? positive - positive.abs() * mask.Margin : positive + mask.Margin;
            suspected = Join(suspected, cosines.gt(bound));
        }
        if (suspected is not null)
            suspected = suspected.logical_and((options.MaskOwnNegatives ? groups.OwnPositive : groups.Own).logical_not());
        // Further positives of the query are never its negatives, whatever may be masked.
        return Join(Join(scoped, suspected), groups.OtherPositives);
    }

    /// <summary>Reduced types are widened: a rounding of 2⁻⁹ in a cosine is 0.1 in the logit at temperature 0.02.</summary>
    internal static Tensor Wide(Tensor vectors) => vectors.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? vectors.to(float32) : vectors.alias();

    static Tensor Without(Tensor scores, Tensor? mask) => mask is null ? scores : scores.masked_fill(mask, double.NegativeInfinity);

    static Tensor? Join(Tensor? a, Tensor? b) => a is null ? b : b is null ? a : a.logical_or(b);
}
