using static TorchSharp.torch;

namespace ReasonIR.Training.Losses;

/// <summary>Contrastive loss with in-batch and hard negatives. Vectors need not be normalized: x / max(|x|, 1e-12) is taken here, in f32.</summary>
public static class InfoNce
{
    /// <summary>
    /// Loss of each query, [queries]: log-sum-exp over the scores of what it is told apart from, less the score of its positive.
    /// </summary>
    /// <param name="queries">[queries, width]</param>
    /// <param name="passages">[passages, width]</param>
    /// <param name="groups">Whose the passages are.</param>
    /// <param name="options">See there.</param>
    /// <param name="known">bool [queries, passages]: passages known to be relevant (or the same document), left out; null: none.</param>
    public static Tensor PerQuery(Tensor queries, Tensor passages, PassageGroups groups, InfoNceOptions options, Tensor? known = null)
    {
        using var scope = NewDisposeScope();
        var q = nn.functional.normalize(queries);
        var p = nn.functional.normalize(passages);
        var cosines = q.matmul(p.t());
        var scores = cosines / options.Temperature;
        var positive = scores.gather(1, groups.Positives.unsqueeze(1)).squeeze(1);

        var sums = new List<Tensor>();
        var blocks = new List<Tensor>();
        foreach (var direction in Enum.GetValues<Directions>())
            if (options.Directions.HasFlag(direction))
                blocks.Add(Block(direction));
        if (options.Partition == Partition.Joint)
            sums.Add(cat(blocks, 1).logsumexp(1));
        else
            sums.AddRange(blocks.Select(b => b.logsumexp(1)));
        return (stack(sums).mean([0]) - positive).MoveToOuterDisposeScope();

        Tensor Block(Directions direction)
        {
            var positives = p.index_select(0, groups.Positives);
            return direction switch
            {
                Directions.QueryToDocument => LeftOut(cosines.detach(), groups, options, known) is { } mask ? scores.masked_fill(mask, double.NegativeInfinity) : scores,
                Directions.DocumentToQuery => positives.matmul(q.t()) / options.Temperature,
                Directions.QueryToQuery => (q.matmul(q.t()) / options.Temperature).masked_fill(Diagonal(groups.Queries), double.NegativeInfinity),
                _ => (positives.matmul(p.t()) / options.Temperature).masked_fill(groups.Own, double.NegativeInfinity),
            };
        }
    }

    /// <summary>The mean of <see cref="PerQuery"/>, weighted where weights [queries] are given: a scalar.</summary>
    public static Tensor Loss(Tensor queries, Tensor passages, PassageGroups groups, InfoNceOptions options, Tensor? known = null, Tensor? weights = null)
    {
        using var scope = NewDisposeScope();
        var each = PerQuery(queries, passages, groups, options, known);
        var loss = weights is null ? each.mean()
            : (each * weights).sum() / (options.WeightNorm == WeightNorm.SumOfWeights ? weights.sum() : tensor(new[] { (float)groups.Queries }));
        return loss.reshape().MoveToOuterDisposeScope();
    }

    /// <summary>What leaves the softmax of the query-to-document direction, or null. It carries no gradient.</summary>
    /// <param name="cosines">[queries, passages]</param>
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
            var above = cosines.gt(bound);
            suspected = suspected is null ? above : suspected.logical_or(above);
        }
        if (suspected is not null)
            suspected = suspected.logical_and((options.MaskOwnNegatives ? groups.OwnPositive : groups.Own).logical_not());
        return scoped is null ? suspected : suspected is null ? scoped : scoped.logical_or(suspected);
    }

    static Tensor Diagonal(int n)
    {
        var values = new bool[n * n];
        for (var i = 0; i < n; i++)
            values[i * n + i] = true;
        return tensor(values, [n, n]);
    }
}
