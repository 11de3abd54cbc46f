using static TorchSharp.torch;

namespace ReasonIR.Training.Distributed;

/// <summary>How a loss over the rows of all processes is divided among them. The gradients of the parameters are averaged over the processes afterwards.</summary>
public enum GatherConvention
{
    /// <summary>Every process computes the whole loss and keeps the gradient of its own rows (GritLM): after averaging, 1 / processes of the whole batch's gradient.</summary>
    AllRows,

    /// <summary>The same times the number of processes (Tevatron): the whole batch's gradient.</summary>
    AllRowsTimesWorld,

    /// <summary>Every process computes the loss of its own queries against all passages, and gradients flow back through the gather (sentence-transformers): the whole batch's gradient.</summary>
    OwnRows,
}

/// <summary>A loss over representations that are spread over processes: negatives of all processes, with gradients.</summary>
public static class GatheredLoss
{
    /// <summary>The loss and its gradient with respect to the process's own rows.</summary>
    /// <param name="queries">[own queries, width], no graph.</param>
    /// <param name="passages">[own passages, width], no graph.</param>
    /// <param name="loss">Of all queries and all passages (for <see cref="GatherConvention.OwnRows"/>: of the own queries and all passages), a scalar.</param>
    public static (double Loss, Tensor QueryGradient, Tensor PassageGradient) Gradient(
        IProcessGroup group, Tensor queries, Tensor passages, Func<Tensor, Tensor, Tensor> loss, GatherConvention convention = GatherConvention.AllRowsTimesWorld)
    {
        using var scope = NewDisposeScope();
        var own = convention == GatherConvention.OwnRows;
        var (allQueries, firstQuery) = own ? (queries.detach(), 0) : group.AllGather(queries);
        var (allPassages, firstPassage) = group.AllGather(passages);
        var (q, p) = (allQueries.clone().requires_grad_(), allPassages.clone().requires_grad_());
        var value = loss(q, p);
        if (convention == GatherConvention.AllRowsTimesWorld)
            value *= group.WorldSize;
        value.backward();
        var (toQueries, toPassages) = (q.grad ?? zeros_like(q), p.grad ?? zeros_like(p));
        if (own)
            group.AllReduce([toPassages]);
        return (value.to(float64).item<double>(),
            toQueries.narrow(0, firstQuery, queries.shape[0]).MoveToOuterDisposeScope(), toPassages.narrow(0, firstPassage, passages.shape[0]).MoveToOuterDisposeScope());
    }
}
