using ReasonIR.Training.Losses;
using static TorchSharp.torch;

namespace ReasonIR.Training.Contrastive;

/// <summary>
/// The loss that a spec states, of a batch's vectors. In a data-parallel run the batch is that of all processes. Its tensors belong to the
/// dispose scope that it was made in.
/// </summary>
public sealed class BatchLoss
{
    readonly LossSettings settings;
    readonly InfoNceOptions options;
    readonly double temperature;
    readonly PassageGroups groups;
    readonly Tensor? known, teacher;
    Tensor? weights;

    /// <param name="device">Where the vectors will be.</param>
    /// <exception cref="InvalidDataException">The batch lacks what the settings need; the message names it.</exception>
    public BatchLoss(LossSettings settings, double temperature, ContrastiveBatch batch, Device? device = null)
    {
        (this.settings, this.temperature) = (settings, temperature);
        var place = device ?? CPU;
        groups = batch.Groups.On(place);
        options = new(temperature, settings.Directions, settings.Partition, settings.Scope, settings.ScoreGuard, settings.GuardOwnNegatives, settings.WeightNorm);
        known = settings.IdGuard ? Known(batch) : null;
        weights = batch.Weights is { } given ? tensor([.. given]).to(place) : null;
        teacher = settings.Distillation is null ? null
            : tensor([.. batch.TeacherScores ?? throw new InvalidDataException("The spec asks for distillation; the batch has no teacher scores.")]).to(place);
    }

    /// <summary>A scalar, f32 or wider, with its gradient graph.</summary>
    /// <param name="queries">[queries, width], not necessarily normalized.</param>
    /// <param name="passages">[passages, width]</param>
    public Tensor Of(Tensor queries, Tensor passages)
    {
        if (settings.Matryoshka is not { } dimensions)
            return Whole(queries, passages);
        if (dimensions.FirstOrDefault(d => d.Width > queries.shape[1]) is { } wide)
            throw new InvalidDataException($"Loss.Matryoshka asks for {wide.Width} components; the model's vectors have {queries.shape[1]}.");
        return Matryoshka.Loss(queries, passages, Whole, [.. dimensions.Select(d => (d.Width, d.Weight))], settings.MatryoshkaMean);
    }

    /// <summary>Sets weights from how much easier the rewritten queries are: min(loss / loss of the rewritten, cap) each, times the batch's own.</summary>
    /// <param name="queries">[queries, width]</param>
    /// <param name="reasoned">[queries, width]: the rewritten queries' vectors.</param>
    /// <param name="passages">[passages, width]</param>
    public void WeighByReasoning(Tensor queries, Tensor reasoned, Tensor passages, ReasoningWeights reasoning)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var plain = options with { Directions = Directions.QueryToDocument };
        var hard = InfoNce.PerQuery(queries, passages, groups, plain, known);
        var eased = InfoNce.PerQuery(reasoned, passages, groups, plain, known);
        // Both may be 0 in f32 where everything is told apart: such a query counts as one that reasoning does not help.
        const double Least = 1e-6;
        var ratio = ((hard + Least) / (eased + Least)).clamp(max: reasoning.MaxRatio);
        weights = (weights is null ? ratio : ratio * weights).MoveToOuterDisposeScope();
    }

    /// <summary>f32 [queries]; null: all alike.</summary>
    public Tensor? Weights => weights;

    Tensor Whole(Tensor queries, Tensor passages)
    {
        using var scope = NewDisposeScope();
        Tensor? total = null;
        if (settings.Weight > 0)
        {
            var contrast = InfoNce.Loss(queries, passages, groups, options, known, weights);
            total = settings.Weight == 1 ? contrast : contrast * settings.Weight;
        }
        if (settings.Distillation is { } how)
        {
            var student = how.StudentTemperature ?? temperature;
            var (losses, counts) = how.Kind switch
            {
                DistillationKind.MarginMse => Distillation.MarginMse(queries, passages, groups, teacher!, how.Similarity),
                DistillationKind.CrossEntropy => Distillation.CrossEntropy(queries, passages, groups, teacher!, how.Similarity, student, how.TeacherTemperature),
                _ => Distillation.KullbackLeibler(queries, passages, groups, teacher!, how.Similarity, student, how.TeacherTemperature, how.TimesSquaredTemperature),
            };
            var distilled = InfoNce.Mean(losses, weights is null ? counts : counts * weights, WeightNorm.SumOfWeights) * how.Weight;
            total = total is null ? distilled : total + distilled;
        }
        return total!.MoveToOuterDisposeScope();
    }

    /// <summary>Passages known to be relevant to the row's query, or the same document as its positive; null where there are none.</summary>
    Tensor? Known(ContrastiveBatch batch)
    {
        if (batch.PassageIds is not { } ids)
            throw new InvalidDataException("The spec asks for the guard by ids; the batch has no passage ids.");
        var relevant = new HashSet<long>[batch.Groups.Queries];
        for (var i = 0; i < relevant.Length; i++)
            relevant[i] = [.. batch.KnownPositives?[i] ?? []];
        foreach (var (query, positive) in batch.Groups.RowPairs)
            relevant[query].Add(ids[positive]);
        var places = ids.Index().ToLookup(p => p.Item, p => p.Index);
        var rows = new bool[batch.Groups.Rows * batch.Groups.Passages];
        var any = false;
        foreach (var (row, (query, positive)) in batch.Groups.RowPairs.Index())
            foreach (var j in relevant[query].SelectMany(id => places[id]))
                if (j != positive)
                    rows[row * batch.Groups.Passages + j] = any = true;
        return any ? tensor(rows, [batch.Groups.Rows, batch.Groups.Passages]).to(groups.Device) : null;
    }
}
