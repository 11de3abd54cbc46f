using static TorchSharp.torch;

namespace ReasonIR.Training.Losses;

/// <summary>
/// The loss over the first d components of the vectors for several d (Kusupati et al. 2022, Matryoshka representation learning), so that
/// vectors cut short stay useful. Cut before they are normalized.
/// </summary>
public static class Matryoshka
{
    /// <param name="loss">Of queries and passages [.., d]: a scalar.</param>
    /// <param name="dimensions">Each d with its weight.</param>
    /// <param name="mean">Divide by the number of dimensions; sentence-transformers sums.</param>
    public static Tensor Loss(Tensor queries, Tensor passages, Func<Tensor, Tensor, Tensor> loss, IReadOnlyList<(int Width, double Weight)> dimensions, bool mean = false)
    {
        using var scope = NewDisposeScope();
        var losses = dimensions.Select(d => loss(queries.narrow(1, 0, d.Width), passages.narrow(1, 0, d.Width)) * d.Weight).ToList();
        var total = stack(losses).sum();
        return (mean ? total / dimensions.Count : total).MoveToOuterDisposeScope();
    }
}
