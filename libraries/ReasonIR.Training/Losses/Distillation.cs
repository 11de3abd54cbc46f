using static TorchSharp.torch;

namespace ReasonIR.Training.Losses;

/// <summary>How two vectors are compared.</summary>
public enum Similarity { Cosine, Dot }

/// <summary>
/// Losses that pull a query's scores of its own passages towards a teacher's (a cross-encoder's). Each gives the loss of every query
/// [queries] and how much it counts in the mean; a query of which a passage has no teacher score (NaN) counts 0.
/// </summary>
public static class Distillation
{
    /// <summary>Squares of (s⁺ − s⁻) − (t⁺ − t⁻), mean over the query's negatives (Hofstätter et al. 2020). A query counts as often as it has negatives. No temperature.</summary>
    /// <param name="queries">[queries, width]</param>
    /// <param name="passages">[passages, width]</param>
    /// <param name="teacher">[passages]: of each passage for its own query.</param>
    public static (Tensor Losses, Tensor Counts) MarginMse(Tensor queries, Tensor passages, PassageGroups groups, Tensor teacher, Similarity similarity)
    {
        using var scope = NewDisposeScope();
        var (student, target, missing, usable) = Lists(queries, passages, groups, teacher, similarity);
        var rest = student.shape[1] - 1;
        if (rest == 0)
            return ((student.sum(1) * 0).MoveToOuterDisposeScope(), zeros_like(student.select(1, 0)).MoveToOuterDisposeScope());
        var absent = missing.narrow(1, 1, rest);
        var squares = (Margins(student) - Margins(target)).masked_fill(absent, 0).pow(2);
        var counts = absent.logical_not().to(student.dtype).sum(1);
        return ((squares.sum(1) / counts.clamp(min: 1)).MoveToOuterDisposeScope(), (counts * usable).MoveToOuterDisposeScope());
    }

    /// <summary>Kullback-Leibler divergence from the teacher's distribution over the query's passages.</summary>
    /// <param name="timesSquaredTemperature">Multiplies by the squared student temperature, as Hinton et al. 2015 and sentence-transformers do.</param>
    public static (Tensor Losses, Tensor Counts) KullbackLeibler(
        Tensor queries, Tensor passages, PassageGroups groups, Tensor teacher, Similarity similarity, double studentTemperature, double teacherTemperature, bool timesSquaredTemperature = false)
    {
        using var scope = NewDisposeScope();
        var (student, target, usable) = Distributions(queries, passages, groups, teacher, similarity, studentTemperature, teacherTemperature);
        var losses = (target.exp() * (target - student)).sum(1);
        return ((timesSquaredTemperature ? losses * (studentTemperature * studentTemperature) : losses.alias()).MoveToOuterDisposeScope(), usable.MoveToOuterDisposeScope());
    }

    /// <summary>Cross entropy to the teacher's distribution: the divergence plus the teacher's entropy, with the same gradient.</summary>
    public static (Tensor Losses, Tensor Counts) CrossEntropy(
        Tensor queries, Tensor passages, PassageGroups groups, Tensor teacher, Similarity similarity, double studentTemperature, double teacherTemperature)
    {
        using var scope = NewDisposeScope();
        var (student, target, usable) = Distributions(queries, passages, groups, teacher, similarity, studentTemperature, teacherTemperature);
        return ((-(target.exp() * student).sum(1)).MoveToOuterDisposeScope(), usable.MoveToOuterDisposeScope());
    }

    /// <summary>Log-probabilities of student and teacher, [queries, most passages]. Places that a query has no passage for come to -1e9: probability 0, no infinities.</summary>
    static (Tensor Student, Tensor Target, Tensor Usable) Distributions(
        Tensor queries, Tensor passages, PassageGroups groups, Tensor teacher, Similarity similarity, double studentTemperature, double teacherTemperature)
    {
        const double Nowhere = -1e9;
        var (student, target, missing, usable) = Lists(queries, passages, groups, teacher, similarity);
        return ((student / studentTemperature).masked_fill(missing, Nowhere).log_softmax(1), (target / teacherTemperature).masked_fill(missing, Nowhere).log_softmax(1), usable);
    }

    /// <summary>Scores of each query's own passages, its positive first, and the teacher's: [queries, most passages]; 1 or 0 for each query.</summary>
    static (Tensor Student, Tensor Target, Tensor Missing, Tensor Usable) Lists(Tensor queries, Tensor passages, PassageGroups groups, Tensor teacher, Similarity similarity)
    {
        var (q, p) = (InfoNce.Wide(queries), InfoNce.Wide(passages));
        if (similarity == Similarity.Cosine)
            (q, p) = (nn.functional.normalize(q), nn.functional.normalize(p));
        var (indices, missing) = groups.Lists();
        var flat = indices.reshape(-1);
        var (count, most) = (indices.shape[0], indices.shape[1]);
        var student = (q.unsqueeze(1) * p.index_select(0, flat).view(count, most, -1)).sum(2);
        var target = teacher.to(student.dtype).index_select(0, flat).view(count, most);
        var unscored = target.ne(target).logical_and(missing.logical_not());
        var usable = unscored.to(student.dtype).sum(1).eq(0);
        return (student, target.masked_fill(unscored, 0), missing, usable.to(student.dtype));
    }

    static Tensor Margins(Tensor scores) => scores.narrow(1, 0, 1) - scores.narrow(1, 1, scores.shape[1] - 1);
}
