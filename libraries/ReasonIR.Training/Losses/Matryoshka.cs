using static TorchSharp.torch;

namespace ReasonIR.Training.Losses;

/// <summary>
/// The loss over the first d components of the vectors for several d (Kusupati et al. 2022, Matryoshka representation learning), so that
/// vectors cut short stay useful. Cut before they are normalized.
/// </summary>
public static class Matryoshka
{
    /// <param name="dimensions">Each d with its weight.</param>
    /// <param name="mean">Divide by the number of dimensions; sentence-transformers sums.</param>
    public static Tensor Loss(Tensor queries, Tensor passages, PassageGroups groups, InfoNceOptions options, IReadOnlyList<(int Width, double Weight)> dimensions, bool mean = false)
    {
        using var scope = NewDisposeScope();
        var losses = dimensions.Select(d => InfoNce.Loss(queries.narrow(1, 0, d.Width), passages.narrow(1, 0, d.Width), groups, options) * d.Weight).ToList();
        var total = stack(losses).sum();
        return (mean ? total / dimensions.Count : total).MoveToOuterDisposeScope();
    }
}
