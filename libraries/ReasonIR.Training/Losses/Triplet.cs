using static TorchSharp.torch;

namespace ReasonIR.Training.Losses;

/// <summary>Distances of the triplet loss.</summary>
public enum TripletDistance { Euclidean, EuclideanNormalized, Cosine }

/// <summary>max(0, d(query, positive) − d(query, negative) + margin) (Schroff et al. 2015); rows already apart count as 0 in the mean.</summary>
public static class Triplet
{
    /// <param name="queries">[queries, width]</param>
    /// <param name="passages">[2 · queries, width]: positive and negative of each query in turn.</param>
    public static Tensor Loss(Tensor queries, Tensor passages, TripletDistance distance, double margin)
    {
        using var scope = NewDisposeScope();
        var (q, p) = distance == TripletDistance.Euclidean ? (queries, passages) : (nn.functional.normalize(queries), nn.functional.normalize(passages));
        var pairs = p.view(q.shape[0], 2, q.shape[1]);
        var row = q.unsqueeze(1);
        var distances = distance == TripletDistance.Cosine ? 1 - (row * pairs).sum(2) : (row - pairs).pow(2).sum(2).sqrt();
        return (distances.select(1, 0) - distances.select(1, 1) + margin).clamp(min: 0).mean().MoveToOuterDisposeScope();
    }
}
