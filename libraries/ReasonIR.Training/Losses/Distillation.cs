using static TorchSharp.torch;

namespace ReasonIR.Training.Losses;

/// <summary>How two vectors are compared.</summary>
public enum Similarity { Cosine, Dot }

/// <summary>
/// Losses that pull a query's scores of its own group towards a teacher's (a cross-encoder's). Groups are of one size G in the order of
/// the queries, the positive first; teacher scores are [queries, G].
/// </summary>
public static class Distillation
{
    /// <summary>Mean over queries and negatives of ((s⁺ − s⁻) − (t⁺ − t⁻))² (Hofstätter et al. 2020). No temperature.</summary>
    public static Tensor MarginMse(Tensor queries, Tensor passages, Tensor teacher, Similarity similarity)
    {
        using var scope = NewDisposeScope();
        var difference = Margins(Scores(queries, passages, similarity)) - Margins(teacher);
        return difference.pow(2).mean().MoveToOuterDisposeScope();
    }

    /// <summary>Kullback-Leibler divergence from the teacher's distribution over the group, mean over queries.</summary>
    /// <param name="timesSquaredTemperature">Multiplies by the squared student temperature, as Hinton et al. 2015 and sentence-transformers do.</param>
    public static Tensor KullbackLeibler(Tensor queries, Tensor passages, Tensor teacher, Similarity similarity, double studentTemperature, double teacherTemperature, bool timesSquaredTemperature = false)
    {
        using var scope = NewDisposeScope();
        var student = (Scores(queries, passages, similarity) / studentTemperature).log_softmax(1);
        var target = (teacher / teacherTemperature).log_softmax(1);
        var loss = (target.exp() * (target - student)).sum(1).mean();
        return (timesSquaredTemperature ? loss * (studentTemperature * studentTemperature) : loss).MoveToOuterDisposeScope();
    }

    /// <summary>Cross entropy to the teacher's distribution: the divergence plus the teacher's entropy, with the same gradient.</summary>
    public static Tensor CrossEntropy(Tensor queries, Tensor passages, Tensor teacher, Similarity similarity, double studentTemperature, double teacherTemperature)
    {
        using var scope = NewDisposeScope();
        var student = (Scores(queries, passages, similarity) / studentTemperature).log_softmax(1);
        return (-((teacher / teacherTemperature).softmax(1) * student).sum(1).mean()).MoveToOuterDisposeScope();
    }

    /// <summary>[queries, G]: each query with the passages of its own group.</summary>
    static Tensor Scores(Tensor queries, Tensor passages, Similarity similarity)
    {
        var (q, p) = similarity == Similarity.Cosine ? (nn.functional.normalize(queries), nn.functional.normalize(passages)) : (queries, passages);
        var (count, width) = (q.shape[0], q.shape[1]);
        return (q.view(count, 1, width) * p.view(count, -1, width)).sum(2);
    }

    static Tensor Margins(Tensor scores) => scores.narrow(1, 0, 1) - scores.narrow(1, 1, scores.shape[1] - 1);
}
